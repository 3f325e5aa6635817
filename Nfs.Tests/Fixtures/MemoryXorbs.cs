using Cas.Client;
using Cas.Client.Chunking;
using Cas.Client.Composition;
using Cas.Client.Hashing;

namespace Nfs.Tests.Fixtures;

/// <summary>
/// Chunks in xorbs in memory: old bytes for a composer, and a place for new ones. Bytes are held once, however often
/// they are stored.
/// </summary>
internal sealed class MemoryXorbs(int xorbChunks = 1000) : IOldBytes
{
    private readonly int _xorbChunks = xorbChunks;
    private readonly Dictionary<MerkleHash, MerkleHash[]> _xorbs = [];
    private readonly Dictionary<MerkleHash, byte[]> _bytes = [];

    /// <summary>Bytes that were read as old ones.</summary>
    public long BytesRead { get; private set; }

    /// <summary>Cuts content into chunks, all of it.</summary>
    public static MerkleNode[] Cut(ReadOnlySpan<byte> content)
    {
        var chunks = new List<MerkleNode>();
        while (!content.IsEmpty)
        {
            var length = Chunker.FirstLength(content);
            chunks.Add(new MerkleNode(XetHash.Chunk(content[..length]), (ulong)length));
            content = content[length..];
        }

        return [.. chunks];
    }

    /// <summary>Stores content whole.</summary>
    public ChunkMap Put(byte[] content, ComposeLimits? limits = null)
    {
        var chunks = Cut(content);
        var sink = new Sink(this);
        var offset = 0;
        foreach (var chunk in chunks)
        {
            sink.Add(chunk, content.AsSpan(offset, (int)chunk.Length));
            offset += (int)chunk.Length;
        }

        return ChunkMap.Of(chunks, sink.Finish(), limits);
    }

    /// <summary>Composes, and stores what is new.</summary>
    public async Task<(ChunkMap Map, Draft Cost)> ComposeAsync(
        ChunkMap map, IReadOnlyList<Edit> edits, IContentSource source, ComposeLimits? limits = null)
    {
        var sink = new Sink(this);
        var draft = await Composer.ComposeAsync(map, edits, source, this, sink, limits);
        return (draft.Place(sink.Finish()), draft);
    }

    /// <summary>Makes terms fewer; the bytes that were stored for it.</summary>
    public async Task<(ChunkMap Map, ulong Bytes)> JoinAsync(ChunkMap map, ComposeLimits? limits = null)
    {
        var sink = new Sink(this);
        return await Defragmenter.JoinAsync(map, this, sink, limits) is { } draft
            ? (draft.Place(sink.Finish()), draft.NewBytes)
            : (map, 0);
    }

    /// <summary>The content that the terms of a map give.</summary>
    public byte[] Read(ChunkMap map)
    {
        var content = new MemoryStream();
        foreach (var term in map.Terms)
        {
            var length = content.Length;
            for (var i = term.ChunkStart; i < term.ChunkEnd; i++)
            {
                content.Write(_bytes[_xorbs[term.Xorb][i]]);
            }

            if (content.Length - length != term.Length)
            {
                throw new InvalidDataException($"a term of {term.Length} bytes has {content.Length - length}");
            }
        }

        return content.ToArray();
    }

    public ValueTask ReadAsync(PlacedChunk chunk, Memory<byte> destination, CancellationToken cancellationToken)
    {
        var bytes = _bytes[_xorbs[chunk.Xorb][chunk.Index]];
        if (bytes.Length != destination.Length || XetHash.Chunk(bytes) != chunk.Place.Chunk.Hash)
        {
            throw new InvalidDataException("another chunk is at that place");
        }

        bytes.CopyTo(destination);
        BytesRead += bytes.Length;
        return ValueTask.CompletedTask;
    }

    private sealed class Sink(MemoryXorbs xorbs) : INewChunks
    {
        private readonly List<ChunkRun> _runs = [];
        private readonly List<MerkleNode> _nodes = [];

        public ValueTask AddAsync(
            MerkleNode chunk, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
        {
            Add(chunk, bytes.Span);
            return ValueTask.CompletedTask;
        }

        public void Add(MerkleNode chunk, ReadOnlySpan<byte> bytes)
        {
            _nodes.Add(chunk);
            if (!xorbs._bytes.ContainsKey(chunk.Hash))
            {
                xorbs._bytes[chunk.Hash] = bytes.ToArray();
            }

            if (_nodes.Count == xorbs._xorbChunks)
            {
                Close();
            }
        }

        public IReadOnlyList<ChunkRun> Finish()
        {
            Close();
            return _runs;
        }

        private void Close()
        {
            if (_nodes.Count > 0)
            {
                var name = MerkleRoot.Of(_nodes.ToArray());
                xorbs._xorbs[name] = [.. _nodes.Select(node => node.Hash)];
                _runs.Add(new ChunkRun(name, 0, (uint)_nodes.Count));
                _nodes.Clear();
            }
        }
    }
}
