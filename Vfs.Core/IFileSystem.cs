namespace Vfs.Core;

/// <summary>
/// The file system that procedures see: POSIX semantics for a server without opens (RFC 1813). Objects are named by
/// <see cref="InodeId"/>; an id that is gone is <see cref="VfsError.Stale"/>. Every operation that changes names or
/// attributes is on stable local storage when it completes; WRITE as its <see cref="Stability"/> says. Memory given
/// to a method is borrowed until its awaitable completes. A mutation that has begun is finished, not cancelled:
/// tokens end only the waiting for data.
/// <para>Limits on names and modes are checked here; read-only exports and squashing belong to the caller.</para>
/// </summary>
public interface IFileSystem
{
    /// <summary>Attributes of an object. Never waits for the store. Errors: Stale.</summary>
    VfsResult<Attributes> GetAttributes(InodeId id);

    /// <summary>
    /// Sets attributes, all or none. Errors: Stale, NotSync (<paramref name="guard"/> is not the ctime), Perm, Access,
    /// Inval (size of a non-file, id 0xFFFFFFFF), FBig, NoSpc, Io.
    /// </summary>
    ValueTask<ChangeResult> SetAttributesAsync(
        Caller caller, InodeId id, AttributeChanges changes, Timestamp? guard, CancellationToken cancellationToken);

    /// <summary>
    /// Finds a name; <c>.</c> and <c>..</c> included. Never waits for the store. Errors: Stale, NotDir, NoEnt, Access.
    /// </summary>
    LookupResult Lookup(Caller caller, InodeId directory, FileName name);

    /// <summary>
    /// Asks the store, for a second at most and not each time, about a name that <see cref="Lookup"/> did not find: true
    /// if another writer made it, and it is here now.
    /// </summary>
    ValueTask<bool> FindElsewhereAsync(InodeId directory, FileName name);

    /// <summary>Which of the asked rights the caller has. Errors: Stale.</summary>
    AccessResult CheckAccess(Caller caller, InodeId id, AccessBits asked);

    /// <summary>Target of a symbolic link. Errors: Stale, Inval (not a link).</summary>
    ReadLinkResult ReadLink(InodeId id);

    /// <summary>
    /// Reads at most <paramref name="count"/> bytes; short only at the end of the file. At or past the end: no bytes
    /// and eof. The owner may read whatever the mode says (the client checked at open). Errors: Stale, Inval (not a
    /// regular file), Access, Again (not here within the waiting limit), Io (not here for long, or
    /// never to come).
    /// </summary>
    ValueTask<ReadResult> ReadAsync(
        Caller caller, InodeId id, ulong offset, int count, CancellationToken cancellationToken);

    /// <summary>
    /// Writes. Errors: Stale, Inval (not a regular file), Access, FBig, NoSpc, Io, Again (the local disk hangs).
    /// </summary>
    ValueTask<WriteResult> WriteAsync(
        Caller caller, InodeId id, ulong offset, ReadOnlyMemory<byte> data, Stability stability,
        CancellationToken cancellationToken);

    /// <summary>
    /// Makes what was written to a file before this call durable here (not in the store). Idempotent.
    /// Errors: Stale, Inval (not a regular file), Io, Again (the local disk hangs).
    /// </summary>
    ValueTask<CommitResult> CommitAsync(InodeId id, ulong offset, uint count, CancellationToken cancellationToken);

    /// <summary>
    /// Makes or takes a regular file. <paramref name="verifier"/> counts for <see cref="CreateMode.Exclusive"/> only,
    /// <paramref name="initial"/> for the other two. Errors: Stale, NotDir, Exist, Access, NoSpc, Io.
    /// </summary>
    ValueTask<CreateResult> CreateAsync(
        Caller caller, InodeId directory, FileName name, CreateMode mode, AttributeChanges initial, ulong verifier,
        CancellationToken cancellationToken);

    /// <summary>Makes a directory. Errors: Stale, NotDir, Exist, Access, MLink, NoSpc, Io.</summary>
    ValueTask<CreateResult> MakeDirectoryAsync(
        Caller caller, InodeId directory, FileName name, AttributeChanges initial, CancellationToken cancellationToken);

    /// <summary>
    /// Makes a symbolic link. Errors: Stale, NotDir, Exist, Access, Inval (empty target), NameTooLong, NoSpc, Io.
    /// </summary>
    ValueTask<CreateResult> MakeSymlinkAsync(
        Caller caller, InodeId directory, FileName name, ReadOnlyMemory<byte> target, AttributeChanges initial,
        CancellationToken cancellationToken);

    /// <summary>
    /// Makes a FIFO, socket or device. Errors: Stale, NotDir, Exist, Access, Perm (device by non-root), BadType,
    /// NoSpc, Io.
    /// </summary>
    ValueTask<CreateResult> MakeNodeAsync(
        Caller caller, InodeId directory, FileName name, InodeType type, uint deviceMajor, uint deviceMinor,
        AttributeChanges initial, CancellationToken cancellationToken);

    /// <summary>Removes a name of a non-directory. Errors: Stale, NotDir, NoEnt, IsDir, Access, Perm, Io.</summary>
    ValueTask<ChangeResult> RemoveAsync(
        Caller caller, InodeId directory, FileName name, CancellationToken cancellationToken);

    /// <summary>
    /// Removes an empty directory. Errors: Stale, NotDir, NoEnt, NotEmpty, Inval (<c>.</c>, <c>..</c>), Access, Perm,
    /// Io.
    /// </summary>
    ValueTask<ChangeResult> RemoveDirectoryAsync(
        Caller caller, InodeId directory, FileName name, CancellationToken cancellationToken);

    /// <summary>
    /// Renames, replacing the target atomically. Errors: Stale, NotDir, NoEnt, IsDir, NotEmpty, Inval (into itself,
    /// <c>.</c> or <c>..</c>), Access, Perm, Io.
    /// </summary>
    ValueTask<RenameResult> RenameAsync(
        Caller caller, InodeId fromDirectory, FileName fromName, InodeId toDirectory, FileName toName,
        CancellationToken cancellationToken);

    /// <summary>Adds a name. Errors: Stale, NotDir, Exist, IsDir (a directory as source), MLink, Access, Io.</summary>
    ValueTask<LinkResult> LinkAsync(
        Caller caller, InodeId id, InodeId directory, FileName name, CancellationToken cancellationToken);

    /// <summary>
    /// Lists entries after <paramref name="cookie"/> (0: from the start, <c>.</c> and <c>..</c> first) in rising
    /// cookie order. At most <paramref name="entriesMax"/> are added to <paramref name="entries"/>. Entries that exist
    /// during the whole listing are given exactly once. Errors: Stale, NotDir, Access.
    /// </summary>
    ReadDirectoryResult ReadDirectory(
        Caller caller, InodeId directory, ulong cookie, int entriesMax, bool withAttributes,
        List<DirectoryEntry> entries);

    /// <summary>Space and counts; local, never waits for the store.</summary>
    FileSystemStatistics GetStatistics();
}
