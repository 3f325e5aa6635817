namespace Cas.Client.Hashing;

/// <summary>
/// A run of a content's chunks, as little of it as the hash of the whole content needs. At every level, groups whose
/// limits no neighbour can move have been merged upwards; the nodes before them and behind them wait for neighbours.
/// Adjacent runs merge, and the run from start to end has one node left: the root.
/// </summary>
internal sealed class MerkleSubtree
{
    // Levels of the largest tree there can be; more in an answer from outside is nonsense.
    private const int LevelsMax = 64;

    private readonly List<Fringes> _levels;

    private MerkleSubtree(List<Fringes> levels, bool isAtStart, bool isAtEnd)
    {
        while (levels.Count > 0 && levels[^1].IsEmpty)
        {
            levels.RemoveAt(levels.Count - 1);
        }

        (_levels, IsAtStart, IsAtEnd) = (levels, isAtStart, isAtEnd);
    }

    /// <summary>Whether the run starts with the first chunk of the content.</summary>
    public bool IsAtStart { get; }

    /// <summary>Whether the run ends with the last chunk of the content.</summary>
    public bool IsAtEnd { get; }

    /// <summary>Count of waiting nodes on the left and on the right, by level from the chunks upwards.</summary>
    public IEnumerable<(int Left, int Right)> Levels =>
        _levels.Select(level => (level.Left.Length, level.Right.Length));

    /// <summary>
    /// The waiting nodes: those on the left from the chunks upwards, then those on the right downwards.
    /// </summary>
    public IEnumerable<MerkleNode> Nodes =>
        _levels.SelectMany(level => level.Left).Concat(Enumerable.Reverse(_levels).SelectMany(level => level.Right));

    /// <summary>The root, if this is the whole content; zero for no chunks.</summary>
    public MerkleHash? Root => (IsAtStart, IsAtEnd, _levels) switch
    {
        (true, true, []) => MerkleHash.Zero,
        (true, true, [.., { Left: [var root], Right: [] }]) => root.Hash,
        _ => null,
    };

    /// <summary>The subtree over a run of chunks.</summary>
    public static MerkleSubtree Of(ReadOnlySpan<MerkleNode> chunks, bool isAtStart, bool isAtEnd)
    {
        var splitter = new Splitter(isAtStart, isAtEnd);
        splitter.Finish(chunks.ToArray());
        return new(splitter.Levels, isAtStart, isAtEnd);
    }

    /// <summary>
    /// The subtree over two runs, one directly behind the other. Throws if <paramref name="left"/> is at the end or
    /// <paramref name="right"/> at the start.
    /// </summary>
    public static MerkleSubtree Merge(MerkleSubtree left, MerkleSubtree right)
    {
        if (left.IsAtEnd || right.IsAtStart)
        {
            throw new ArgumentException("a run cannot lie behind the end or before the start of the content");
        }

        var splitter = new Splitter(left.IsAtStart, right.IsAtEnd);
        MerkleNode[] carry = [];
        for (var i = 0; i < Math.Max(left._levels.Count, right._levels.Count); i++)
        {
            var (a, b) = (left.Level(i), right.Level(i));
            carry = splitter.Split([.. a.Left, .. a.Right, .. carry, .. b.Left, .. b.Right]);
        }

        if (carry.Length > 0)
        {
            splitter.Finish(carry);
        }

        return new(splitter.Levels, left.IsAtStart, right.IsAtEnd);
    }

    /// <summary>From what a store answered; null if the counts do not fit the nodes or lengths do not add up.</summary>
    public static MerkleSubtree? TryCreate(
        IReadOnlyList<MerkleNode> nodes, IReadOnlyList<(int Left, int Right)> levels, bool isAtStart, bool isAtEnd)
    {
        if (levels.Count > LevelsMax || levels.Any(level => level.Left < 0 || level.Right < 0)
            || levels.Sum(level => (long)level.Left + level.Right) != nodes.Count
            || nodes.Aggregate(UInt128.Zero, (sum, node) => sum + node.Length) > ulong.MaxValue)
        {
            return null;
        }

        var fringes = new List<Fringes>();
        var (left, right) = (0, nodes.Count);
        foreach (var level in levels)
        {
            right -= level.Right;
            fringes.Add(new(
                [.. nodes.Skip(left).Take(level.Left)], [.. nodes.Skip(right).Take(level.Right)]));
            left += level.Left;
        }

        return new(fringes, isAtStart, isAtEnd);
    }

    private Fringes Level(int index) => index < _levels.Count ? _levels[index] : Fringes.None;

    // The nodes of a level that wait for neighbours.
    private readonly record struct Fringes(MerkleNode[] Left, MerkleNode[] Right)
    {
        public static Fringes None => new([], []);

        public bool IsEmpty => Left.Length + Right.Length == 0;
    }

    // Splits levels, from the chunks upwards. A level reaches the start of the content only while all on the left was
    // merged below it, and likewise the end.
    private struct Splitter(bool isAtStart, bool isAtEnd)
    {
        public List<Fringes> Levels { get; } = [];

        // Adds a level; gives the nodes of the next one.
        public MerkleNode[] Split(ReadOnlySpan<MerkleNode> nodes)
        {
            var (begin, end) = MerkleStability.Range(nodes, isAtStart, isAtEnd);
            Levels.Add(new(nodes[..begin].ToArray(), nodes[end..].ToArray()));
            isAtStart &= begin == 0;
            isAtEnd &= end == nodes.Length;

            var parents = new List<MerkleNode>();
            for (var rest = nodes[begin..end]; !rest.IsEmpty;)
            {
                var group = MerkleGroup.FirstCount(rest);
                parents.Add(XetHash.Parent(rest[..group]));
                rest = rest[group..];
            }

            return [.. parents];
        }

        // Adds levels until nothing goes up. A single node has nothing to be grouped with.
        public void Finish(MerkleNode[] nodes)
        {
            while (nodes.Length > 1)
            {
                nodes = Split(nodes);
            }

            Levels.Add(new(nodes, []));
        }
    }
}
