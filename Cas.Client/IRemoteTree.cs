namespace Cas.Client;

/// <summary>
/// The version of a path in the tree: changes whenever the entry does, never comes back. The default value stands
/// for "no entry".
/// </summary>
public readonly record struct TreeVersion(ulong Value)
{
    /// <summary>The path has no entry.</summary>
    public static TreeVersion Absent => default;
}

/// <summary>What a path is. Values are those of <c>ftype3</c> and are stored.</summary>
public enum TreeEntryKind : byte
{
    /// <summary>Regular file.</summary>
    File = 1,

    /// <summary>Directory.</summary>
    Directory = 2,

    /// <summary>Block device.</summary>
    BlockDevice = 3,

    /// <summary>Character device.</summary>
    CharacterDevice = 4,

    /// <summary>Symbolic link.</summary>
    SymbolicLink = 5,

    /// <summary>Socket.</summary>
    Socket = 6,

    /// <summary>Named pipe.</summary>
    Fifo = 7,
}

/// <summary>
/// One entry of the tree, with POSIX attributes. Backends that cannot hold an attribute say so by giving back its
/// default. Entries with equal attributes are equal, also if the bytes of the target lie in different places.
/// </summary>
public sealed record TreeEntry
{
    /// <summary>What it is.</summary>
    public required TreeEntryKind Kind { get; init; }

    /// <summary>Content of a regular file.</summary>
    public ContentId Content { get; init; }

    /// <summary>Permission, setuid, setgid and sticky bits.</summary>
    public uint Mode { get; init; }

    /// <summary>Owner.</summary>
    public uint Uid { get; init; }

    /// <summary>Group.</summary>
    public uint Gid { get; init; }

    /// <summary>Nanoseconds since the epoch.</summary>
    public long Atime { get; init; }

    /// <summary>Nanoseconds since the epoch.</summary>
    public long Mtime { get; init; }

    /// <summary>Nanoseconds since the epoch.</summary>
    public long Ctime { get; init; }

    /// <summary>Device numbers.</summary>
    public uint DeviceMajor { get; init; }

    /// <inheritdoc cref="DeviceMajor"/>
    public uint DeviceMinor { get; init; }

    /// <summary>Text of a symbolic link; empty for everything else.</summary>
    public ReadOnlyMemory<byte> Target { get; init; }

    /// <summary>
    /// Paths with the same non-zero number are names of one file (hard links). Unique within the tree.
    /// </summary>
    public ulong LinkId { get; init; }

    /// <inheritdoc/>
    public bool Equals(TreeEntry? other) =>
        other is not null
        && (Kind, Content, Mode, Uid, Gid) == (other.Kind, other.Content, other.Mode, other.Uid, other.Gid)
        && (Atime, Mtime, Ctime) == (other.Atime, other.Mtime, other.Ctime)
        && (DeviceMajor, DeviceMinor, LinkId) == (other.DeviceMajor, other.DeviceMinor, other.LinkId)
        && Target.Span.SequenceEqual(other.Target.Span);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Kind, Content, Mode, Uid, Gid, Mtime, Ctime, LinkId);
}

/// <summary>A path with its entry and version.</summary>
/// <param name="Path">Components joined by '/', no leading or trailing one; empty for the root.</param>
/// <param name="Entry">What is there.</param>
/// <param name="Version">Its version; never <see cref="TreeVersion.Absent"/>.</param>
public sealed record TreeItem(ReadOnlyMemory<byte> Path, TreeEntry Entry, TreeVersion Version);

/// <summary>One change of a batch.</summary>
/// <param name="Path">The path.</param>
/// <param name="Entry">The new entry; null deletes.</param>
/// <param name="Expected">The version that this change replaces.</param>
public sealed record TreeChange(ReadOnlyMemory<byte> Path, TreeEntry? Entry, TreeVersion Expected);

/// <summary>Names and what they mean: path to content and attributes.</summary>
public interface IRemoteTree
{
    /// <summary>Whether it can never change: a revision of a repository by its commit.</summary>
    bool IsPinned => false;

    /// <summary>
    /// Whether directories are entries of their own. If not, they are there while something is in them, and that one is
    /// missing says nothing.
    /// </summary>
    bool HasEmptyDirectories => true;

    /// <summary>
    /// A token that is another one after every change of the tree, at the cost of one small request. It says nothing
    /// else, and nothing about other revisions of the same repository.
    /// </summary>
    ValueTask<CasResult<string>> FindRevisionAsync(CancellationToken cancellationToken);

    /// <summary>
    /// What the tree would give back for an entry that it was given: the entry itself, or with defaults for what it
    /// cannot hold; null if it holds nothing of such an entry. Who compares entries with the tree's compares these.
    /// </summary>
    TreeEntry? Kept(TreeEntry entry) => entry;

    /// <summary>
    /// Entries in byte order of their paths. With <paramref name="recursive"/> all below
    /// <paramref name="directory"/>, else its direct children; the directory itself is not among them.
    /// </summary>
    /// <param name="directory">Path of the directory; empty for the root.</param>
    /// <param name="recursive">Whether to list the whole sub-tree.</param>
    /// <param name="after">Only paths after this one; empty for the first page.</param>
    /// <param name="limit">Most entries in one answer.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>
    /// At most <paramref name="limit"/> items; fewer means that there are no more. Below what is not there is nothing.
    /// </returns>
    ValueTask<CasResult<IReadOnlyList<TreeItem>>> ListAsync(
        ReadOnlyMemory<byte> directory, bool recursive, ReadOnlyMemory<byte> after, int limit,
        CancellationToken cancellationToken);

    /// <summary>One path; the value is null if the tree has no such path.</summary>
    ValueTask<CasResult<TreeItem?>> LookupAsync(ReadOnlyMemory<byte> path, CancellationToken cancellationToken);

    /// <summary>
    /// Applies all changes or none, and each path at most once. Errors: Conflict if one path is not at its expected
    /// version (the detail names it), Invalid (a path twice, or not a path), NoSpace, and the transient ones. Where a store
    /// can only look first and write then, another writer may come in between: that is a Conflict too, and then the
    /// changes were made. Looking the paths up tells.
    /// </summary>
    /// <returns>New versions in the order of <paramref name="changes"/>; Absent for deletions.</returns>
    ValueTask<CasResult<IReadOnlyList<TreeVersion>>> CommitAsync(
        IReadOnlyList<TreeChange> changes, CancellationToken cancellationToken);
}

/// <summary>An open store: content and tree of one place.</summary>
public interface IStore : IAsyncDisposable
{
    /// <summary>The URL that it was opened with, without secrets.</summary>
    string Url { get; }

    /// <summary>Names this store for ever: another store has another identity, even at the same URL.</summary>
    string Identity { get; }

    /// <summary>Whether it takes no changes at all.</summary>
    bool IsReadOnly => false;

    /// <summary>Content by hash.</summary>
    IContentStore Content { get; }

    /// <summary>Names.</summary>
    IRemoteTree Tree { get; }

    /// <summary>
    /// Notes that a state uses this store, on stable storage: what the state names is kept from then on. Errors:
    /// NoSpace, Forbidden, and the transient ones.
    /// </summary>
    ValueTask<CasResult<bool>> RegisterAsync(StateNote state, CancellationToken cancellationToken);

    /// <summary>Asks the store for a sign of life. Errors: the transient ones, Unauthorized, Forbidden.</summary>
    ValueTask<CasResult<bool>> ProbeAsync(CancellationToken cancellationToken);
}
