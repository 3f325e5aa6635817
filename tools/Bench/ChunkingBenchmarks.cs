using BenchmarkDotNet.Attributes;

namespace Bench;

/// <summary>Cutting content, alone and with the hashes of its chunks.</summary>
[MemoryDiagnoser]
public class ChunkingBenchmarks
{
    private byte[] _content = [];

    /// <summary>What the content is: zeros are cut by the largest size alone.</summary>
    [Params("random", "zeros")]
    public string Content { get; set; } = "";

    /// <summary>Makes the content.</summary>
    [GlobalSetup]
    public void SetUp()
    {
        _content = new byte[32 << 20];
        if (Content == "random")
        {
            new Random(1).NextBytes(_content);
        }
    }

    /// <summary>Cuts.</summary>
    [Benchmark(Baseline = true)]
    public int Cut() => Workloads.CountChunks(_content);

    /// <summary>Cuts and hashes.</summary>
    [Benchmark]
    public ulong CutAndHash() => Workloads.HashChunks(_content);
}
