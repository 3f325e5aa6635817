using Cas.Client;
using Cas.Client.Hashing;
using Cas.Client.Shards;
using Cas.Client.Transfer;
using Cas.Client.Xorbs;

namespace Nfs.Tests.Cas.Transfer;

/// <summary>A store of xorbs and shards in memory that counts what it is given.</summary>
internal sealed class MemoryTarget : IUploadTarget
{
    private readonly Lock _gate = new();
    private readonly Dictionary<MerkleHash, (ChunkPlace Place, byte[] Bytes)> _chunks = [];
    private readonly Dictionary<MerkleHash, byte[]> _xorbs = [];
    private readonly Dictionary<ChunkPlace, byte[]> _places = [];

    public List<ShardFile> Files { get; } = [];

    public int Shards { get; private set; }

    public int Xorbs => _xorbs.Count;

    public long ChunkBytes { get; private set; }

    /// <summary>Called before a shard is published; may block or throw.</summary>
    public Action BeforeShard { get; set; } = () => { };

    /// <summary>Called with the length of chunks before they are looked for.</summary>
    public Action<int> BeforeFind { get; set; } = _ => { };

    /// <summary>Called before a xorb is published; may block or throw.</summary>
    public Action BeforeXorb { get; set; } = () => { };

    public bool IsIdle { get; set; }

    public void Find(ReadOnlySpan<MerkleNode> chunks, bool isStart, Span<ChunkPlace?> places)
    {
        foreach (var chunk in chunks)
        {
            BeforeFind((int)chunk.Length);
        }

        lock (_gate)
        {
            for (var i = 0; i < chunks.Length; i++)
            {
                places[i] = _chunks.TryGetValue(chunks[i].Hash, out var found) ? found.Place : null;
            }
        }
    }

    public bool Holds(ChunkPlace place, MerkleHash chunk, ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            return _places.TryGetValue(place, out var found) && bytes.SequenceEqual(found);
        }
    }

    public bool HasFile(ShardFile file)
    {
        lock (_gate)
        {
            return Files.Any(known => known.Hash == file.Hash && known.Terms.AsSpan().SequenceEqual(file.Terms));
        }
    }

    public IXorbOutput CreateXorb() => new Output(this);

    public void PublishShard(ShardBuilder shard)
    {
        BeforeShard();
        lock (_gate)
        {
            Shards++;
            Files.AddRange(shard.Files);
            foreach (var term in shard.Files.SelectMany(file => file.Terms))
            {
                // The order in which a crash may cut: a recipe never comes before its xorbs.
                NUnit.Framework.Assert.That(_xorbs.ContainsKey(term.Xorb), NUnit.Framework.Is.True);
            }
        }
    }

    /// <summary>The bytes of a file by its recipe.</summary>
    public byte[] Read(ContentId content)
    {
        lock (_gate)
        {
            var file = Files.First(x => x.Hash == content.Hash);
            var bytes = new MemoryStream();
            foreach (var term in file.Terms)
            {
                for (var i = term.ChunkStart; i < term.ChunkEnd; i++)
                {
                    bytes.Write(_places[new ChunkPlace(term.Xorb, i)]);
                }
            }

            return bytes.ToArray();
        }
    }

    private sealed class Output(MemoryTarget owner) : IXorbOutput
    {
        private readonly MemoryStream _stream = new();

        public Stream Stream => _stream;

        public void Publish(WrittenXorb xorb)
        {
            owner.BeforeXorb();
            var bytes = _stream.ToArray();
            var reader = XorbReader.Open(new global::Cas.Client.Formats.MemoryBytes(bytes), xorb.Index.Xorb);
            lock (owner._gate)
            {
                owner._xorbs[xorb.Index.Xorb] = bytes;
                for (var i = reader.Index.Count - 1; i >= 0; i--)
                {
                    var chunk = new byte[reader.Index.Layout.ChunkLength(i)];
                    reader.ReadChunk(i, chunk);
                    var place = new ChunkPlace(xorb.Index.Xorb, (uint)i);
                    owner._places[place] = chunk;
                    owner._chunks[reader.Index.Hashes[i]] = (place, chunk);
                    owner.ChunkBytes += chunk.Length;
                }
            }
        }

        public void Dispose() => _stream.Dispose();
    }
}
