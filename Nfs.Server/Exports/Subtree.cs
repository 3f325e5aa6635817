using Vfs.Core;

namespace Nfs.Server.Exports;

/// <summary>
/// A directory of a file system as a tree of its own: <c>..</c> never leads out of it. Objects are asked for by their
/// ids, so what another export moves out of the sub-tree stays with those who have its handle; nothing above it does.
/// </summary>
internal sealed class Subtree(IFileSystem files, InodeId root) : IFileSystem
{
    private const ulong DotDotCookie = 2;

    private static readonly FileName s_parent = FileName.From("..");

    /// <inheritdoc/>
    public LookupResult Lookup(Caller caller, InodeId directory, FileName name)
    {
        var result = files.Lookup(caller, directory, name);
        return name.IsDotDot && result.Error == VfsError.None && !IsBelowRoot(directory)
            ? result with { Object = result.Directory }
            : result;
    }

    /// <inheritdoc/>
    public ValueTask<bool> FindElsewhereAsync(InodeId directory, FileName name) =>
        files.FindElsewhereAsync(directory, name);

    /// <inheritdoc/>
    public ReadDirectoryResult ReadDirectory(
        Caller caller, InodeId directory, ulong cookie, int entriesMax, bool withAttributes,
        List<DirectoryEntry> entries)
    {
        var first = entries.Count;
        var result = files.ReadDirectory(caller, directory, cookie, entriesMax, withAttributes, entries);
        for (var i = first; cookie < DotDotCookie && i < entries.Count; i++)
        {
            if (entries[i].Name.Span.SequenceEqual(".."u8))
            {
                entries[i] = IsBelowRoot(directory)
                    ? entries[i]
                    : entries[i] with { Id = directory, Attributes = withAttributes ? result.Directory : null };
                break;
            }
        }

        return result;
    }

    /// <inheritdoc/>
    public VfsResult<Attributes> GetAttributes(InodeId id) => files.GetAttributes(id);

    /// <inheritdoc/>
    public ValueTask<ChangeResult> SetAttributesAsync(
        Caller caller, InodeId id, AttributeChanges changes, Timestamp? guard, CancellationToken cancellationToken) =>
        files.SetAttributesAsync(caller, id, changes, guard, cancellationToken);

    /// <inheritdoc/>
    public AccessResult CheckAccess(Caller caller, InodeId id, AccessBits asked) =>
        files.CheckAccess(caller, id, asked);

    /// <inheritdoc/>
    public ReadLinkResult ReadLink(InodeId id) => files.ReadLink(id);

    /// <inheritdoc/>
    public ValueTask<ReadResult> ReadAsync(
        Caller caller, InodeId id, ulong offset, int count, CancellationToken cancellationToken) =>
        files.ReadAsync(caller, id, offset, count, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<WriteResult> WriteAsync(
        Caller caller, InodeId id, ulong offset, ReadOnlyMemory<byte> data, Stability stability,
        CancellationToken cancellationToken) =>
        files.WriteAsync(caller, id, offset, data, stability, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<CommitResult> CommitAsync(
        InodeId id, ulong offset, uint count, CancellationToken cancellationToken) =>
        files.CommitAsync(id, offset, count, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<CreateResult> CreateAsync(
        Caller caller, InodeId directory, FileName name, CreateMode mode, AttributeChanges initial, ulong verifier,
        CancellationToken cancellationToken) =>
        files.CreateAsync(caller, directory, name, mode, initial, verifier, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<CreateResult> MakeDirectoryAsync(
        Caller caller, InodeId directory, FileName name, AttributeChanges initial,
        CancellationToken cancellationToken) =>
        files.MakeDirectoryAsync(caller, directory, name, initial, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<CreateResult> MakeSymlinkAsync(
        Caller caller, InodeId directory, FileName name, ReadOnlyMemory<byte> target, AttributeChanges initial,
        CancellationToken cancellationToken) =>
        files.MakeSymlinkAsync(caller, directory, name, target, initial, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<CreateResult> MakeNodeAsync(
        Caller caller, InodeId directory, FileName name, InodeType type, uint deviceMajor, uint deviceMinor,
        AttributeChanges initial, CancellationToken cancellationToken) =>
        files.MakeNodeAsync(caller, directory, name, type, deviceMajor, deviceMinor, initial, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<ChangeResult> RemoveAsync(
        Caller caller, InodeId directory, FileName name, CancellationToken cancellationToken) =>
        files.RemoveAsync(caller, directory, name, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<ChangeResult> RemoveDirectoryAsync(
        Caller caller, InodeId directory, FileName name, CancellationToken cancellationToken) =>
        files.RemoveDirectoryAsync(caller, directory, name, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<RenameResult> RenameAsync(
        Caller caller, InodeId fromDirectory, FileName fromName, InodeId toDirectory, FileName toName,
        CancellationToken cancellationToken) =>
        files.RenameAsync(caller, fromDirectory, fromName, toDirectory, toName, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<LinkResult> LinkAsync(
        Caller caller, InodeId id, InodeId directory, FileName name, CancellationToken cancellationToken) =>
        files.LinkAsync(caller, id, directory, name, cancellationToken);

    /// <inheritdoc/>
    public FileSystemStatistics GetStatistics() => files.GetStatistics();

    /// <summary>Whether the parent of a directory is in the sub-tree. Costs a lookup a level.</summary>
    private bool IsBelowRoot(InodeId directory)
    {
        for (var at = directory; at != root && at != InodeId.Root;)
        {
            if (files.Lookup(Caller.Root, at, s_parent).Object is not { } parent)
            {
                return false;
            }

            at = parent.Id;
            if (at == root)
            {
                return true;
            }
        }

        return false;
    }
}
