using Cas.Client.Hashing;

namespace Cas.Client.Composition;

/// <summary>
/// What a store tells of a content around some windows of it, which is what its hash and its recipe need of the rest.
/// </summary>
/// <param name="Windows">Ranges of whole chunks, in order and apart from each other; inside the content.</param>
/// <param name="Hashes">The chunks before, between and behind the windows: one more than these; null for none.</param>
/// <param name="RangeHashes">Those of the terms that no window touches, in order.</param>
internal sealed record ContentGaps(
    IReadOnlyList<(ulong Start, ulong End)> Windows,
    IReadOnlyList<MerkleSubtree?> Hashes,
    IReadOnlyList<MerkleHash> RangeHashes)
{
    /// <summary>
    /// Null, or why this cannot be told of a content of <paramref name="size"/> bytes by who was asked for
    /// <paramref name="edges"/>.
    /// </summary>
    public string? Check(ulong size, IReadOnlyList<(ulong Start, ulong End)> edges)
    {
        var end = 0UL;
        foreach (var window in Windows)
        {
            if (window.Start < end || window.End <= window.Start || window.End > size)
            {
                return "its windows are not in order";
            }

            end = window.End;
        }

        return !edges.All(edge => Windows.Any(window => window.Start <= edge.Start && edge.End <= window.End))
            ? "its windows are not those that were asked for"
            : Hashes.Count != Windows.Count + 1 || !Enumerable.Range(0, Hashes.Count).All(i => IsGap(i, size))
            ? "its hashes are not those of the gaps"
            : null;
    }

    /// <summary>The hash of all, the windows being <paramref name="windowAt"/>; null if they do not give one.</summary>
    public MerkleHash? HashOf(Func<int, MerkleSubtree> windowAt)
    {
        var tree = Hashes[0];
        for (var i = 0; i < Windows.Count; i++)
        {
            tree = Join(Join(tree, windowAt(i)), Hashes[i + 1]);
        }

        return tree?.Root is { } root ? XetHash.File(root) : null;
    }

    /// <summary>Two runs, one directly behind the other; null is no run.</summary>
    public static MerkleSubtree? Join(MerkleSubtree? left, MerkleSubtree? right) =>
        left is null ? right : right is null ? left : MerkleSubtree.Merge(left, right);

    private bool IsGap(int index, ulong size)
    {
        var start = index == 0 ? 0 : Windows[index - 1].End;
        var end = index == Windows.Count ? size : Windows[index].Start;
        return Hashes[index] is { } gap
            ? start < end && gap.IsAtStart == (start == 0) && gap.IsAtEnd == (end == size)
                && gap.Nodes.Aggregate(UInt128.Zero, (sum, node) => sum + node.Length) == end - start
            : start == end;
    }
}
