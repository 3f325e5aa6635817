using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Cas.Client.Hashing;

/// <summary>BLAKE3 in plain arithmetic: what the vector paths are measured and tested against.</summary>
internal static class Blake3Portable
{
    // The order in which each of the seven rounds takes the words of the message.
    private static ReadOnlySpan<byte> Schedule =>
    [
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
        2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8,
        3, 4, 10, 12, 13, 2, 7, 14, 6, 5, 9, 0, 11, 15, 8, 1,
        10, 7, 12, 9, 14, 3, 13, 15, 4, 0, 11, 2, 5, 8, 1, 6,
        12, 13, 9, 11, 15, 10, 14, 8, 7, 2, 5, 3, 0, 1, 6, 4,
        9, 14, 11, 5, 8, 12, 15, 1, 13, 3, 0, 10, 2, 6, 4, 7,
        11, 15, 5, 0, 1, 9, 8, 6, 14, 10, 2, 12, 3, 4, 7, 13,
    ];

    /// <summary>Mixes one block of 64 bytes into a chaining value.</summary>
    public static void Compress(ref Vector256<uint> value, ref byte block, uint length, ulong counter, uint flags)
    {
        ref var h = ref Unsafe.As<Vector256<uint>, uint>(ref value);
        uint a0 = h, a1 = Unsafe.Add(ref h, 1), a2 = Unsafe.Add(ref h, 2), a3 = Unsafe.Add(ref h, 3);
        uint b0 = Unsafe.Add(ref h, 4), b1 = Unsafe.Add(ref h, 5), b2 = Unsafe.Add(ref h, 6), b3 = Unsafe.Add(ref h, 7);
        uint c0 = 0x6A09E667, c1 = 0xBB67AE85, c2 = 0x3C6EF372, c3 = 0xA54FF53A;
        uint d0 = (uint)counter, d1 = (uint)(counter >> 32), d2 = length, d3 = flags;

        ref var order = ref MemoryMarshal.GetReference(Schedule);
        for (var round = 0; round < 7; round++, order = ref Unsafe.Add(ref order, 16))
        {
            Mix(ref a0, ref b0, ref c0, ref d0, ref block, ref order);
            Mix(ref a1, ref b1, ref c1, ref d1, ref block, ref Unsafe.Add(ref order, 2));
            Mix(ref a2, ref b2, ref c2, ref d2, ref block, ref Unsafe.Add(ref order, 4));
            Mix(ref a3, ref b3, ref c3, ref d3, ref block, ref Unsafe.Add(ref order, 6));
            Mix(ref a0, ref b1, ref c2, ref d3, ref block, ref Unsafe.Add(ref order, 8));
            Mix(ref a1, ref b2, ref c3, ref d0, ref block, ref Unsafe.Add(ref order, 10));
            Mix(ref a2, ref b3, ref c0, ref d1, ref block, ref Unsafe.Add(ref order, 12));
            Mix(ref a3, ref b0, ref c1, ref d2, ref block, ref Unsafe.Add(ref order, 14));
        }

        value = Vector256.Create(a0 ^ c0, a1 ^ c1, a2 ^ c2, a3 ^ c3, b0 ^ d0, b1 ^ d1, b2 ^ d2, b3 ^ d3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Word(ref byte block, byte index) =>
        Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref block, index * sizeof(uint)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Mix(ref uint a, ref uint b, ref uint c, ref uint d, ref byte block, ref byte order)
    {
        a = a + Word(ref block, order) + b;
        d = BitOperations.RotateRight(d ^ a, 16);
        c += d;
        b = BitOperations.RotateRight(b ^ c, 12);
        a = a + Word(ref block, Unsafe.Add(ref order, 1)) + b;
        d = BitOperations.RotateRight(d ^ a, 8);
        c += d;
        b = BitOperations.RotateRight(b ^ c, 7);
    }
}
