using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Cas.Client.Hashing;

/// <summary>Which instructions compute BLAKE3. All give the same bytes.</summary>
internal enum Blake3Kernel : byte
{
    /// <summary>Plain arithmetic, on any little-endian machine.</summary>
    Portable,

    /// <summary>Eight nodes at once.</summary>
    Avx2,

    /// <summary>Sixteen nodes at once.</summary>
    Avx512,
}

/// <summary>Chooses a kernel, and compresses blocks and nodes with it.</summary>
internal static class Blake3Kernels
{
    /// <summary>The fastest one that this machine has.</summary>
    public static Blake3Kernel Best =>
        Has(Blake3Kernel.Avx512) ? Blake3Kernel.Avx512
        : Has(Blake3Kernel.Avx2) ? Blake3Kernel.Avx2
        : Blake3Kernel.Portable;

    /// <summary>Whether this machine has <paramref name="kernel"/>.</summary>
    public static bool Has(Blake3Kernel kernel) => kernel switch
    {
        Blake3Kernel.Portable => true,
        Blake3Kernel.Avx2 => Avx2.IsSupported,
        Blake3Kernel.Avx512 => Avx512F.IsSupported && Avx512F.VL.IsSupported,
    };

    /// <summary>Mixes one block of 64 bytes into a chaining value.</summary>
    public static void Compress(
        Blake3Kernel kernel, ref Vector256<uint> value, ref byte block, uint length, ulong counter, uint flags)
    {
        if (kernel == Blake3Kernel.Avx512)
        {
            Blake3Rows.CompressAvx512(ref value, ref block, length, counter, flags);
        }
        else if (kernel == Blake3Kernel.Avx2)
        {
            Blake3Rows.CompressAvx2(ref value, ref block, length, counter, flags);
        }
        else
        {
            Blake3Portable.Compress(ref value, ref block, length, counter, flags);
        }
    }

    /// <summary>
    /// The chaining values of whole nodes that fill <paramref name="input"/>. The output may be where the input is or
    /// before it.
    /// </summary>
    [SkipLocalsInit]
    public static void HashNodes(
        Blake3Kernel kernel, ReadOnlySpan<byte> input, Blake3Node node, in Blake3Key key, ulong counter,
        Span<byte> output)
    {
        var lanes = kernel switch
        {
            Blake3Kernel.Portable => 1,
            Blake3Kernel.Avx2 => Blake3Avx2.Lanes,
            Blake3Kernel.Avx512 => Blake3Avx512.Lanes,
        };
        Span<byte> spare = stackalloc byte[Blake3Avx512.Lanes * Blake3Node.ValueBytes];

        while (!input.IsEmpty)
        {
            var count = Math.Min(lanes, input.Length / node.Bytes);
            var values = output[..(count * Blake3Node.ValueBytes)];
            ref var first = ref MemoryMarshal.GetReference(input);
            if (count <= 2)
            {
                count = 1;
                HashNode(kernel, ref first, node, key, counter, values);
            }
            else
            {
                // Lanes write all their values: when some mean nothing they must not land on what follows.
                var place = count == lanes ? values : spare;
                HashLanes(kernel, ref first, count, node, key, counter, ref MemoryMarshal.GetReference(place));
                if (count != lanes)
                {
                    spare[..values.Length].CopyTo(values);
                }
            }

            input = input[(count * node.Bytes)..];
            output = output[(count * Blake3Node.ValueBytes)..];
            counter += (ulong)count * node.CounterStep;
        }
    }

    private static void HashLanes(
        Blake3Kernel kernel, ref byte input, int count, Blake3Node node, in Blake3Key key, ulong counter,
        ref byte output)
    {
        if (kernel == Blake3Kernel.Avx512)
        {
            Blake3Avx512.HashNodes(ref input, count, node, key, counter, ref output);
        }
        else
        {
            Blake3Avx2.HashNodes(ref input, count, node, key, counter, ref output);
        }
    }

    private static void HashNode(
        Blake3Kernel kernel, ref byte input, Blake3Node node, in Blake3Key key, ulong counter, Span<byte> output)
    {
        var value = key.Words;
        for (var block = 0; block < node.Blocks; block++)
        {
            Compress(
                kernel, ref value, ref input, Blake3Node.BlockBytes, counter, key.Flags | node.FlagsOf(block));
            input = ref Unsafe.Add(ref input, Blake3Node.BlockBytes);
        }

        value.AsByte().CopyTo(output);
    }
}
