namespace Cas.Client.Hashing;

/// <summary>
/// The list of a content's chunks with all levels of its merkle tree. Immutable: an edited list is another tree, made
/// in time that grows with the edits and the logarithm of the size, and it shares what did not change.
/// </summary>
internal sealed class MerkleTree
{
    private readonly MerkleItem _root;

    // Levels above the chunks; -1 if there is nothing, 0 if the only chunk is the root.
    private readonly int _height;

    private MerkleTree(MerkleItem root, int height)
    {
        _root = root;
        _height = height;
    }

    /// <summary>No chunks.</summary>
    public static MerkleTree Empty { get; } = new(default, -1);

    /// <summary>Count of chunks.</summary>
    public long Count => _root.Count;

    /// <summary>Bytes of content.</summary>
    public ulong Length => _root.Node.Length;

    /// <summary>The aggregated hash of all chunks; zero for none.</summary>
    public MerkleHash Root => _root.Node.Hash;

    /// <summary>Levels above the chunks.</summary>
    internal int Height => _height;

    /// <summary>The tree over a list of chunks.</summary>
    public static MerkleTree Of(ReadOnlyMemory<MerkleNode> chunks) => Empty.Replace([new MerkleSplice(0, 0, chunks)]);

    /// <summary>
    /// The tree over these chunks with some spans replaced. Splices are sorted and do not overlap; their indices are
    /// those of this tree.
    /// </summary>
    public MerkleTree Replace(IReadOnlyList<MerkleSplice> splices) => MerkleRebuild.Replace(this, splices);

    /// <summary>The chunk with an index, and where it starts.</summary>
    public MerklePlace ChunkAt(long index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        var (item, offset, rest) = (_root, 0UL, index);
        while (item.Branch is { } branch)
        {
            var child = 0;
            for (; rest >= Child(branch, child).Count; child++)
            {
                rest -= Child(branch, child).Count;
                offset += Child(branch, child).Node.Length;
            }

            item = Child(branch, child);
        }

        return new MerklePlace(index, offset, item.Node);
    }

    /// <summary>The chunk that holds a byte of the content.</summary>
    public MerklePlace ChunkHolding(ulong offset)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(offset, Length);
        var (item, index, rest) = (_root, 0L, offset);
        while (item.Branch is { } branch)
        {
            var child = 0;
            for (; rest >= Child(branch, child).Node.Length; child++)
            {
                rest -= Child(branch, child).Node.Length;
                index += Child(branch, child).Count;
            }

            item = Child(branch, child);
        }

        return new MerklePlace(index, offset - rest, item.Node);
    }

    /// <summary>The chunks from one index up to, not including, another.</summary>
    public IEnumerable<MerkleNode> Chunks(long start, long end)
    {
        for (var index = start; index < end;)
        {
            var (group, first) = ItemAt(Math.Min(1, _height), index);
            if (group.Branch is not { } branch)
            {
                yield return group.Node;
                yield break;
            }

            for (; index < Math.Min(end, first + group.Count); index++)
            {
                yield return branch.Chunks[index - first];
            }
        }
    }

    /// <summary>A tree whose only item of the level at <paramref name="height"/> is <paramref name="root"/>.</summary>
    internal static MerkleTree WithRoot(MerkleItem root, int height) => new(root, height);

    /// <summary>The item at a height that holds a chunk, and the index of its first chunk.</summary>
    internal (MerkleItem Item, long First) ItemAt(int height, long index)
    {
        var (item, first) = (_root, 0L);
        for (var at = _height; at > height; at--)
        {
            var child = 0;
            for (; index - first >= Child(item.Branch!, child).Count; child++)
            {
                first += Child(item.Branch!, child).Count;
            }

            item = Child(item.Branch!, child);
        }

        return (item, first);
    }

    private static MerkleItem Child(MerkleBranch branch, int index) => branch.Height == 1
        ? MerkleItem.Of(branch.Chunks[index])
        : MerkleItem.Of(branch.Branches[index]);
}

/// <summary>A chunk in its content.</summary>
/// <param name="Index">Its index.</param>
/// <param name="Offset">Its first byte's offset.</param>
/// <param name="Chunk">Its hash and length.</param>
internal readonly record struct MerklePlace(long Index, ulong Offset, MerkleNode Chunk);

/// <summary>Replaces the chunks [<paramref name="Start"/>, <paramref name="End"/>) of a list.</summary>
/// <param name="Start">Index of the first chunk replaced.</param>
/// <param name="End">Index behind the last chunk replaced.</param>
/// <param name="Chunks">What comes in their place; may be empty.</param>
internal readonly record struct MerkleSplice(long Start, long End, ReadOnlyMemory<MerkleNode> Chunks);
