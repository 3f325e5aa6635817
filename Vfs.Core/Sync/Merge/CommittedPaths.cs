using Vfs.Core.Namespace;

namespace Vfs.Core.Sync.Merge;

/// <summary>
/// Paths that were committed, or found out about, since the first of the questions about the store's tree that are still
/// open: its answer may show what they were before. Guarded by the namespace gate.
/// </summary>
internal sealed class CommittedPaths
{
    private HashSet<byte[]>? _paths;
    private int _open;

    /// <summary>A listing or a look-up begins.</summary>
    public void BeginLocked()
    {
        _paths ??= new HashSet<byte[]>(NameComparer.Instance);
        _open++;
    }

    /// <summary>It ended, and all of the answer was looked at.</summary>
    public void EndLocked()
    {
        _open--;
        _paths = _open == 0 ? null : _paths;
    }

    public void AddLocked(byte[] path) => _paths?.Add(path);

    public bool HasLocked(byte[] path) => _paths?.Contains(path) ?? false;
}
