using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Cas.Client.Hashing;

/// <summary>BLAKE3 of bytes that are all in memory, 32 bytes of output, without allocating.</summary>
internal static class Blake3
{
    /// <summary>The hash of <paramref name="input"/> by the fastest kernel.</summary>
    public static MerkleHash Hash(in Blake3Key key, ReadOnlySpan<byte> input) => Hash(key, input, Blake3Kernels.Best);

    /// <summary>The hash of <paramref name="input"/> by a kernel that this machine has.</summary>
    public static MerkleHash Hash(in Blake3Key key, ReadOnlySpan<byte> input, Blake3Kernel kernel) =>
        input.Length <= Blake3Node.ChunkBytes
            ? ToHash(Blake3Tree.HashChunk(kernel, key, input, 0, Blake3Node.Root))
            : HashChunks(key, input, kernel);

    /// <summary>The words of a hash.</summary>
    public static MerkleHash ToHash(Vector256<uint> value)
    {
        var words = value.AsUInt64();
        return new MerkleHash(words[0], words[1], words[2], words[3]);
    }

    [SkipLocalsInit]
    private static MerkleHash HashChunks(in Blake3Key key, ReadOnlySpan<byte> input, Blake3Kernel kernel)
    {
        Unsafe.SkipInit(out Blake3Tree tree);
        tree.Clear();
        var whole = input.Length / Blake3Node.ChunkBytes * Blake3Node.ChunkBytes;
        tree.Add(kernel, key, input[..whole]);
        return ToHash(tree.Finish(kernel, key, input[whole..]));
    }
}
