using Cas.Client.Hashing;
using Cas.Client.Shards;
using Cas.Client.Xorbs;

namespace Cas.Client.Composition;

/// <summary>
/// All that is known of a content without its bytes: its chunks with their hashes, the terms that say where they are
/// kept, and the terms' range hashes. Immutable; a composed map shares the unchanged part of the tree. The terms are
/// a plain array, because whoever registers the content writes all of them anyway.
/// </summary>
internal sealed class ChunkMap
{
    // A chunk of 40 bytes and its share of branches; a term, its range hash and its first chunk.
    private const int ChunkMemoryBytes = 100;
    private const int TermMemoryBytes = 96;

    private readonly ShardTerm[] _terms;
    private readonly MerkleHash[] _rangeHashes;

    // Index of the first chunk of each term in the content, and behind the last term the count of chunks.
    private readonly long[] _firsts;

    /// <summary>Checked by the caller: terms and chunks fit each other.</summary>
    internal ChunkMap(MerkleTree chunks, ShardTerm[] terms, MerkleHash[] rangeHashes)
    {
        Chunks = chunks;
        _terms = terms;
        _rangeHashes = rangeHashes;
        _firsts = new long[terms.Length + 1];
        for (var i = 0; i < terms.Length; i++)
        {
            _firsts[i + 1] = _firsts[i] + (terms[i].ChunkEnd - terms[i].ChunkStart);
        }

        Id = new ContentId(XetHash.File(chunks.Root), chunks.Length);
    }

    /// <summary>The map of empty content.</summary>
    public static ChunkMap Empty { get; } = new(MerkleTree.Empty, [], []);

    /// <summary>Hash and length of the content.</summary>
    public ContentId Id { get; }

    /// <summary>The chunks in order.</summary>
    public MerkleTree Chunks { get; }

    /// <summary>The terms in order.</summary>
    public ReadOnlySpan<ShardTerm> Terms => _terms;

    /// <summary>The range hash of each term.</summary>
    public ReadOnlySpan<MerkleHash> RangeHashes => _rangeHashes;

    /// <summary>
    /// The map of a content whose terms are <paramref name="runs"/> of chunks; long ones are split, neighbours that
    /// continue each other are joined. Throws <see cref="CasException"/> if runs and chunks do not fit.
    /// </summary>
    public static ChunkMap Of(
        ReadOnlyMemory<MerkleNode> chunks, IReadOnlyList<ChunkRun> runs, ComposeLimits? limits = null)
    {
        var pieces = new PieceList();
        pieces.AddNew(chunks.Length);
        var tree = MerkleTree.Of(chunks);
        return TermSplice.Apply(Empty, tree, pieces, runs, limits ?? ComposeLimits.Default);
    }

    /// <summary>
    /// The map of a stored file, from the indexes of its xorbs. Throws <see cref="CasException"/>, Corrupt, if they do
    /// not give the file's hash: an edit of such a file would be an edit of something else.
    /// </summary>
    public static ChunkMap Of(ShardFile file, Func<MerkleHash, XorbIndex> indexOf) =>
        Of(file, term => NodesOf(file.Terms[term], indexOf(file.Terms[term].Xorb)));

    /// <summary>The same, from the chunks of each term, whose lengths give that of the term.</summary>
    public static ChunkMap Of(ShardFile file, Func<int, MerkleNode[]> nodesOf)
    {
        var chunks = new List<MerkleNode>();
        var rangeHashes = new MerkleHash[file.Terms.Length];
        for (var i = 0; i < rangeHashes.Length; i++)
        {
            var nodes = nodesOf(i);
            rangeHashes[i] = XetHash.Range(nodes);
            chunks.AddRange(nodes);
        }

        var map = new ChunkMap(MerkleTree.Of(chunks.ToArray()), [.. file.Terms], rangeHashes);
        return map.Id.Hash == file.Hash
            ? map
            : throw new CasException(CasError.Corrupt, $"the chunks of file {file.Hash} give hash {map.Id.Hash}");
    }

    /// <summary>What a shard records of the content.</summary>
    public ShardFile ToShardFile() => new(Id.Hash, [.. _terms]) { RangeHashes = [.. _rangeHashes] };

    /// <summary>A chunk of the content with its place in the store.</summary>
    public PlacedChunk Locate(MerklePlace chunk)
    {
        var term = TermHolding(chunk.Index);
        var index = _terms[term].ChunkStart + (uint)(chunk.Index - _firsts[term]);
        return new PlacedChunk(_terms[term].Xorb, index, chunk);
    }

    /// <summary>Index of the term that holds a chunk.</summary>
    public int TermHolding(long chunk)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(chunk);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(chunk, _firsts[^1]);
        var index = Array.BinarySearch(_firsts, chunk);
        return index < 0 ? ~index - 1 : index;
    }

    /// <summary>Index of the first chunk of a term.</summary>
    public long FirstChunkOf(int term) => _firsts[term];

    /// <summary>Memory that the map of a file takes, about.</summary>
    public static long MemoryBytesOf(ShardFile file) =>
        file.Terms.Sum(term => TermMemoryBytes + ((term.ChunkEnd - (long)term.ChunkStart) * ChunkMemoryBytes));

    /// <summary>Offset of a chunk, or the content's length for the index behind the last one.</summary>
    public ulong OffsetOf(long chunk) => chunk == Chunks.Count ? Chunks.Length : Chunks.ChunkAt(chunk).Offset;

    // The term may be anything: memory is taken for chunks that are there.
    private static MerkleNode[] NodesOf(ShardTerm term, XorbIndex xorb)
    {
        var nodes = new MerkleNode[Math.Max(0, Math.Min(term.ChunkEnd, xorb.Count) - (long)term.ChunkStart)];
        var length = 0UL;
        for (var i = 0; i < nodes.Length; i++)
        {
            var index = (int)term.ChunkStart + i;
            nodes[i] = new MerkleNode(xorb.Hashes[index], (ulong)xorb.Layout.ChunkLength(index));
            length += nodes[i].Length;
        }

        return nodes.Length > 0 && term.ChunkEnd <= xorb.Count && length == term.Length
            ? nodes
            : throw new CasException(
                CasError.Corrupt,
                $"a term [{term.ChunkStart}, {term.ChunkEnd}) does not fit the chunks of xorb {term.Xorb}");
    }
}
