using BenchmarkDotNet.Attributes;
using Cas.Client;
using Cas.Client.Formats;
using Cas.Client.Hashing;
using Cas.Client.Xorbs;

namespace Bench;

/// <summary>A xorb of 16 MiB: packing and writing its chunks, and reading them back verified.</summary>
[MemoryDiagnoser]
public class XorbBenchmarks
{
    private const int ChunkBytes = 64 << 10;
    private const int Count = 256;

    private readonly byte[] _chunk = new byte[ChunkBytes];
    private readonly MemoryStream _output = new(Count * (ChunkBytes + ChunkHeader.Bytes + 100));
    private byte[] _content = [];
    private XorbReader _reader = null!;

    /// <summary>By what chunks are packed.</summary>
    [Params("None", "Lz4", "GroupedLz4")]
    public string Scheme { get; set; } = "";

    /// <summary>What the content is: numbers compress, random bytes do not.</summary>
    [Params("random", "numbers")]
    public string Content { get; set; } = "";

    /// <summary>Makes the content and a xorb of it.</summary>
    [GlobalSetup]
    public void SetUp()
    {
        _content = new byte[Count * ChunkBytes];
        var random = new Random(1);
        random.NextBytes(_content);
        for (var i = 0; Content == "numbers" && i < _content.Length; i += sizeof(float))
        {
            BitConverter.TryWriteBytes(_content.AsSpan(i), random.Next(1000) / 8f);
        }

        var xorb = Write();
        _reader = XorbReader.Open(new MemoryBytes(_output.ToArray()), xorb);
    }

    /// <summary>Packs and writes.</summary>
    [Benchmark]
    public MerkleHash Write()
    {
        _output.SetLength(0);
        var writer = new XorbWriter(_output);
        var scheme = Enum.Parse<CompressionScheme>(Scheme);
        for (var i = 0; i < Count; i++)
        {
            _content.AsSpan(i * ChunkBytes, ChunkBytes).CopyTo(_chunk);
            var hash = XetHash.Chunk(_chunk);
            var header = ChunkCodec.Pack(_chunk, scheme);
            writer.TryAppend(hash, header, _chunk.AsSpan(0, header.PayloadLength));
        }

        return writer.Finish(hasFooter: true).Index.Xorb;
    }

    /// <summary>Unpacks and verifies.</summary>
    [Benchmark]
    public void Read()
    {
        for (var i = 0; i < Count; i++)
        {
            _reader.ReadChunk(i, _chunk);
        }
    }
}
