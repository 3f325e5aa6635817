using BenchmarkDotNet.Attributes;
using Cas.Client;
using Cas.Client.Hashing;

namespace Bench;

/// <summary>BLAKE3 of one input, at once and in pieces, by every kernel that the machine has.</summary>
[MemoryDiagnoser]
public class Blake3Benchmarks
{
    private const int PieceBytes = 10_000;

    private byte[] _input = [];
    private Blake3Hasher _hasher = null!;

    /// <summary>Length of the input.</summary>
    [Params(1 << 10, 1 << 16, 1 << 20)]
    public int Bytes { get; set; }

    /// <summary>The kernel, by name.</summary>
    [ParamsSource(nameof(Kernels))]
    public string Kernel { get; set; } = "";

    /// <summary>What the machine has.</summary>
    public static IEnumerable<string> Kernels =>
        Enum.GetValues<Blake3Kernel>().Where(Blake3Kernels.Has).Select(kernel => kernel.ToString());

    /// <summary>Makes the input.</summary>
    [GlobalSetup]
    public void SetUp()
    {
        _input = new byte[Bytes];
        new Random(1).NextBytes(_input);
        _hasher = new Blake3Hasher(XetKeys.Data, Enum.Parse<Blake3Kernel>(Kernel));
    }

    /// <summary>All bytes at once.</summary>
    [Benchmark(Baseline = true)]
    public MerkleHash Whole() => Blake3.Hash(XetKeys.Data, _input, Enum.Parse<Blake3Kernel>(Kernel));

    /// <summary>Pieces that fit no block.</summary>
    [Benchmark]
    public MerkleHash Pieces()
    {
        for (var offset = 0; offset < _input.Length; offset += PieceBytes)
        {
            _hasher.Append(_input.AsSpan(offset, Math.Min(PieceBytes, _input.Length - offset)));
        }

        return _hasher.Finish();
    }
}
