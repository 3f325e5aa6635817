using Cas.Client;

namespace Vfs.Core.Sync;

/// <summary>Changes of the store's tree by path, and which marks asked for each. Used by one thread.</summary>
internal sealed class TreePlan
{
    private readonly SortedDictionary<byte[], Planned> _changes = new(PathComparer.Instance);

    /// <summary>Plans a change for a mark; a later one of the same path is the newer.</summary>
    public void Add(Mark mark, TreeChange change)
    {
        var path = change.Path.ToArray();
        if (!_changes.TryGetValue(path, out var planned))
        {
            planned = new Planned();
            _changes.Add(path, planned);
        }

        planned.Change = change;
        planned.Marks.Add(mark);
    }

    /// <summary>All changes, new entries first: a crash between two commits leaves a moved object twice, not nowhere.</summary>
    public List<TreeChange> InOrder() =>
        [.. _changes.Values.Select(planned => planned.Change).OrderBy(change => change.Entry is null)];

    /// <summary>What became of paths, told of the marks that asked for them.</summary>
    public IEnumerable<(Mark Mark, T Outcome)> OfMarks<T>(IEnumerable<KeyValuePair<byte[], T>> paths) =>
        paths.SelectMany(path => _changes[path.Key].Marks, (path, mark) => (mark, path.Value));

    private sealed class Planned
    {
        public TreeChange Change { get; set; } = null!;

        public HashSet<Mark> Marks { get; } = [];
    }

    private sealed class PathComparer : IComparer<byte[]>
    {
        public static PathComparer Instance { get; } = new();

        public int Compare(byte[]? x, byte[]? y) => x.AsSpan().SequenceCompareTo(y);
    }
}
