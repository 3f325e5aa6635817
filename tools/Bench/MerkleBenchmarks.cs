using BenchmarkDotNet.Attributes;
using Cas.Client;
using Cas.Client.Hashing;

namespace Bench;

/// <summary>The root of a list of chunks: all of it, and after an edit.</summary>
[MemoryDiagnoser]
public class MerkleBenchmarks
{
    private MerkleNode[] _chunks = [];
    private MerkleTree _tree = MerkleTree.Empty;

    /// <summary>Chunks in the list; 16384 are about 1 GiB.</summary>
    [Params(1 << 10, 1 << 14, 1 << 18)]
    public int Count { get; set; }

    /// <summary>Makes the list.</summary>
    [GlobalSetup]
    public void SetUp()
    {
        _chunks = Workloads.Chunks(Count);
        _tree = MerkleTree.Of(_chunks);
    }

    /// <summary>All levels.</summary>
    [Benchmark(Baseline = true)]
    public MerkleHash Whole() => MerkleRoot.Of(_chunks);

    /// <summary>One chunk replaced by another.</summary>
    [Benchmark]
    public MerkleHash OneChunkReplaced() => Workloads.ReplaceOne(_tree, _chunks).Root;
}
