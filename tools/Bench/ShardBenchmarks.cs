using BenchmarkDotNet.Attributes;
using Cas.Client.Formats;
using Cas.Client.Hashing;
using Cas.Client.Shards;

namespace Bench;

/// <summary>A shard of files of one xorb each: writing it, opening it, and looking up in it.</summary>
[MemoryDiagnoser]
public class ShardBenchmarks
{
    private const int ChunksPerXorb = 1024;
    private const uint ChunkBytes = 64 << 10;

    private readonly ShardBuilder _builder = new();
    private readonly MemoryStream _output = new();
    private MerkleNode[] _chunks = [];
    private MemoryBytes _bytes = null!;
    private ShardReader _reader = null!;
    private int _next;

    /// <summary>Files and xorbs; 16 are 1 GiB.</summary>
    [Params(1, 16, 256)]
    public int Files { get; set; }

    /// <summary>Makes the shard.</summary>
    [GlobalSetup]
    public void SetUp()
    {
        _chunks = Workloads.Chunks(Files * ChunksPerXorb);
        for (var i = 0; i < Files; i++)
        {
            var chunks = _chunks.AsSpan(i * ChunksPerXorb, ChunksPerXorb).ToArray();
            var xorb = MerkleRoot.Of(chunks);
            _builder.TryAdd(new ShardXorb(
                xorb, [.. chunks.Select((chunk, at) => new ShardChunk(chunk.Hash, (uint)at * ChunkBytes, ChunkBytes))]));
            _builder.TryAdd(new ShardFile(
                XetHash.File(xorb), [new ShardTerm(xorb, ChunksPerXorb * ChunkBytes, 0, ChunksPerXorb)]));
        }

        Write();
        _bytes = new MemoryBytes(_output.ToArray());
        _reader = ShardReader.Open(_bytes);
    }

    /// <summary>Writes it.</summary>
    [Benchmark]
    public long Write()
    {
        _output.SetLength(0);
        _builder.WriteTo(_output, ShardForm.Stored(0));
        return _output.Length;
    }

    /// <summary>Checks the sections.</summary>
    [Benchmark]
    public object Open() => ShardReader.Open(_bytes);

    /// <summary>One chunk after another.</summary>
    [Benchmark]
    public bool FindChunk() => _reader.FindChunk(_chunks[_next++ % _chunks.Length].Hash) is not null;
}
