using Cas.Client;
using Cas.Client.Formats;
using Cas.Client.Hashing;
using Cas.Client.Reconstruction;
using Cas.Client.Shards;
using Cas.Client.Transfer;
using Cas.Client.Xorbs;
using Microsoft.Extensions.Logging.Abstractions;
using Nfs.Tests.Fixtures;

namespace Nfs.Tests.Cas.Reconstruction;

/// <summary>Xorbs in memory, recipes over them, and a reader that counts what it reads of each.</summary>
internal sealed class TestXorbs : IDisposable
{
    private readonly Dictionary<MerkleHash, (byte[] Bytes, XorbIndex Index, byte[][] Chunks, CountingBytes Counting)>
        _xorbs = [];

    private readonly LeaseCache<MerkleHash, OpenXorb> _open;
    private readonly ChunkReader _chunks;

    public TestXorbs()
    {
        _open = new LeaseCache<MerkleHash, OpenXorb>(
            xorb => _xorbs.TryGetValue(xorb, out var found)
                ? OpenXorb.Open(found.Counting, new MemoryStream(), xorb)
                : throw new CasException(CasError.Corrupt, $"there is no xorb {xorb}"),
            16);
        Copies = new OtherCopies(
            _open, chunk => Places.TryGetValue(chunk, out var place) ? place : null, NullLogger.Instance);
        _chunks = new ChunkReader(_open, Copies);
        Reader = new RecipeReader(_open, _chunks);
    }

    public RecipeReader Reader { get; }

    public OtherCopies Copies { get; }

    /// <summary>Where chunks are, for reading around damage.</summary>
    public Dictionary<MerkleHash, ChunkPlace> Places { get; } = [];

    /// <summary>Reads of the xorbs since <see cref="ResetReads"/>.</summary>
    public long Reads => _xorbs.Values.Sum(xorb => xorb.Counting.Reads);

    /// <summary>Makes a xorb of chunks.</summary>
    public MerkleHash Add(params byte[][] chunks)
    {
        using var output = new MemoryStream();
        var writer = new XorbWriter(output);
        foreach (var chunk in chunks)
        {
            writer.TryAdd(XetHash.Chunk(chunk), chunk);
        }

        var index = writer.Finish(hasFooter: true).Index;
        var bytes = output.ToArray();
        _xorbs.Add(index.Xorb, (bytes, index, chunks, new CountingBytes(new MemoryBytes(bytes))));
        return index.Xorb;
    }

    public XorbIndex IndexOf(MerkleHash xorb) => _xorbs[xorb].Index;

    /// <summary>Turns a bit of the payload of a chunk.</summary>
    public void Damage(MerkleHash xorb, int chunk) =>
        _xorbs[xorb].Bytes[_xorbs[xorb].Index.Layout.RecordOffset(chunk) + ChunkHeader.Bytes] ^= 1;

    /// <summary>Opens all xorbs, so that only chunks are read after this.</summary>
    public void ResetReads()
    {
        foreach (var (name, xorb) in _xorbs)
        {
            _open.Borrow(name).Dispose();
            xorb.Counting.Reset();
        }
    }

    /// <summary>A file of chunk ranges of xorbs.</summary>
    public ShardFile FileOf(bool hasRangeHashes, params (MerkleHash Xorb, int Start, int End)[] terms) =>
        new(XetHash.Chunk(BytesOf(terms)), [.. terms.Select(TermOf)])
        {
            RangeHashes = hasRangeHashes ? [.. terms.Select(RangeHashOf)] : null,
        };

    /// <summary>The bytes of such a file.</summary>
    public byte[] BytesOf(params (MerkleHash Xorb, int Start, int End)[] terms) =>
        [.. terms.SelectMany(term => _xorbs[term.Xorb].Chunks[term.Start..term.End].SelectMany(chunk => chunk))];

    public ShardXorb EntryOf(MerkleHash xorb)
    {
        var index = IndexOf(xorb);
        return new ShardXorb(xorb, [.. Enumerable.Range(0, index.Count).Select(i => new ShardChunk(
            index.Hashes[i], index.Layout.ChunkOffset(i), (uint)index.Layout.ChunkLength(i)))])
        {
            Length = index.Layout.ChunkBytes, RecordBytes = index.Layout.RecordBytes,
        };
    }

    public void Dispose()
    {
        _chunks.Dispose();
        _open.Dispose();
    }

    private ShardTerm TermOf((MerkleHash Xorb, int Start, int End) term) =>
        new(term.Xorb, (uint)BytesOf(term).Length, (uint)term.Start, (uint)term.End);

    private MerkleHash RangeHashOf((MerkleHash Xorb, int Start, int End) term)
    {
        var hasher = new RangeHasher();
        foreach (var hash in IndexOf(term.Xorb).Hashes[term.Start..term.End])
        {
            hasher.Append(hash);
        }

        return hasher.Finish();
    }
}
