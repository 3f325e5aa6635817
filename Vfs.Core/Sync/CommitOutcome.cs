using Cas.Client;
using Vfs.Core.Namespace;

namespace Vfs.Core.Sync;

/// <summary>What became of the paths of a commit. Used by one thread.</summary>
internal sealed class CommitOutcome
{
    private readonly HashSet<byte[]> _settled = new(NameComparer.Instance);

    /// <summary>Paths that could not be committed, and those that must be looked at once more.</summary>
    public SyncOutcome<byte[]> Paths { get; } = new(NameComparer.Instance);

    /// <summary>Paths that are no longer what was to be committed: they must be compared again.</summary>
    public IReadOnlyCollection<byte[]> Settled => _settled;

    public void Fail(IEnumerable<TreeChange> changes, string reason)
    {
        foreach (var change in changes)
        {
            Paths.Failed[change.Path.ToArray()] = reason;
        }
    }

    public void Settle(ReadOnlyMemory<byte> path) => _settled.Add(path.ToArray());

    /// <summary>
    /// Changes at other paths than those that were settled, and not below them: what is there may have moved.
    /// </summary>
    public TreeChange[] WithoutSettled(TreeChange[] changes)
    {
        if (_settled.Count == 0)
        {
            return changes;
        }

        var left = Array.FindAll(changes, change => !IsSettled(change.Path.Span));
        foreach (var change in changes.Except(left))
        {
            Settle(change.Path);
        }

        return left;
    }

    /// <summary>The root is above everything, and stays where it is.</summary>
    private bool IsSettled(ReadOnlySpan<byte> path)
    {
        var settled = _settled.GetAlternateLookup<ReadOnlySpan<byte>>();
        for (var end = path.Length; end > 0; end = path[..end].LastIndexOf((byte)'/'))
        {
            if (settled.Contains(path[..end]))
            {
                return true;
            }
        }

        return path.IsEmpty && settled.Contains(path);
    }
}
