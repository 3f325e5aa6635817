namespace Cas.Client.Hashing;

/// <summary>
/// Which groups of a level are the same whatever lies beside it. Groups end at natural cuts but for the first two of a
/// group and after nine nodes, so two gaps in a row between natural cuts that are long enough to be seen and short
/// enough not to be cut by count put every grouping in step.
/// </summary>
internal static class MerkleStability
{
    private const int GapMin = 3;
    private const int GapMax = 7;

    /// <summary>
    /// The part of a run of nodes that can be grouped; empty, and behind all nodes, if there is none.
    /// </summary>
    public static (int Begin, int End) Range(ReadOnlySpan<MerkleNode> nodes, bool isAtStart, bool isAtEnd)
    {
        if (nodes.Length <= 1)
        {
            return (nodes.Length, nodes.Length);
        }

        var begin = isAtStart ? 0 : Start(nodes);
        var end = begin < 0 ? -1 : isAtEnd ? nodes.Length : begin + End(nodes[begin..]);
        return begin < 0 || end <= begin ? (nodes.Length, nodes.Length) : (begin, end);
    }

    // Groups from here on depend on nothing to the left; -1 if there is no such place.
    private static int Start(ReadOnlySpan<MerkleNode> nodes)
    {
        var cuts = new Cuts();
        for (var i = 0; i < nodes.Length; i++)
        {
            if (MerkleGroup.IsNaturalCut(nodes[i].Hash) && cuts.Add(i))
            {
                return cuts.Middle + 1;
            }
        }

        return -1;
    }

    // Groups up to here depend on nothing to the right; 0 if there is no such place.
    private static int End(ReadOnlySpan<MerkleNode> nodes)
    {
        var cuts = new Cuts();
        for (var i = nodes.Length - 1; i >= 0; i--)
        {
            if (MerkleGroup.IsNaturalCut(nodes[i].Hash) && cuts.Add(i))
            {
                return cuts.Middle + 1;
            }
        }

        return 0;
    }

    // The last natural cuts met.
    private struct Cuts
    {
        private int _count;
        private int _last;
        private bool _wasGood;

        public int Middle { get; private set; }

        // Whether the last three cuts have two good gaps.
        public bool Add(int index)
        {
            var isGood = _count > 0 && Math.Abs(index - _last) is >= GapMin and <= GapMax;
            var isStable = isGood && _wasGood;
            (Middle, _last, _wasGood) = (_last, index, isGood);
            _count++;
            return isStable;
        }
    }
}
