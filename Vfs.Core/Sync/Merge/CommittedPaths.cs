using Vfs.Core.Namespace;

namespace Vfs.Core.Sync.Merge;

/// <summary>
/// Paths that were committed, or found out about, since a listing of the store's tree began: it may show what they were
/// before. Guarded by the namespace gate.
/// </summary>
internal sealed class CommittedPaths
{
    private HashSet<byte[]>? _paths;

    /// <summary>A listing begins.</summary>
    public void BeginLocked() => _paths = new HashSet<byte[]>(NameComparer.Instance);

    /// <summary>It ended, and all of it was looked at.</summary>
    public void EndLocked() => _paths = null;

    public void AddLocked(byte[] path) => _paths?.Add(path);

    public bool HasLocked(byte[] path) => _paths?.Contains(path) ?? false;
}
