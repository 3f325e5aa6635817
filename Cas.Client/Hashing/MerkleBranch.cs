namespace Cas.Client.Hashing;

/// <summary>
/// An inner node of a <see cref="MerkleTree"/>, immutable and shared by all trees that have it. At height 1 its
/// children are chunks, which are kept as plain values, above that other branches.
/// </summary>
internal sealed class MerkleBranch
{
    /// <summary>Over items of one level, at most <see cref="MerkleGroup.CountMax"/>.</summary>
    public MerkleBranch(ReadOnlySpan<MerkleItem> items)
    {
        var chunks = new MerkleNode[items.Length];
        for (var i = 0; i < items.Length; i++)
        {
            chunks[i] = items[i].Node;
            Count += items[i].Count;
        }

        Node = XetHash.Parent(chunks);
        Height = 1 + (items[0].Branch?.Height ?? 0);
        if (Height == 1)
        {
            Chunks = chunks;
            return;
        }

        Branches = new MerkleBranch[items.Length];
        for (var i = 0; i < items.Length; i++)
        {
            Branches[i] = items[i].Branch!;
        }
    }

    /// <summary>Its hash and length.</summary>
    public MerkleNode Node { get; }

    /// <summary>Levels below it.</summary>
    public int Height { get; }

    /// <summary>Chunks below it.</summary>
    public long Count { get; }

    /// <summary>Children at height 1, else empty.</summary>
    public MerkleNode[] Chunks { get; } = [];

    /// <summary>Children above height 1, else empty.</summary>
    public MerkleBranch[] Branches { get; } = [];
}

/// <summary>A chunk or a branch: what one level of a tree consists of.</summary>
/// <param name="Node">Its hash and length.</param>
/// <param name="Count">Chunks below it, 1 for a chunk.</param>
/// <param name="Branch">The branch; null for a chunk.</param>
internal readonly record struct MerkleItem(MerkleNode Node, long Count, MerkleBranch? Branch)
{
    public static MerkleItem Of(MerkleNode chunk) => new(chunk, 1, null);

    public static MerkleItem Of(MerkleBranch branch) => new(branch.Node, branch.Count, branch);
}
