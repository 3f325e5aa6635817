using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Cas.Client.Hashing;

/// <summary>
/// The BLAKE3 compression of one block with the state in four rows of four words: what is left when there are not
/// enough nodes to fill lanes. Words of the message are kept in the order in which a round takes them (the x of the
/// columns, their y, the x of the diagonals, their y), so that the next round's order is one permutation away.
/// </summary>
internal static class Blake3Rows
{
    /// <summary>Mixes one block of 64 bytes into a chaining value, with AVX2 alone.</summary>
    public static void CompressAvx2(
        ref Vector256<uint> value, ref byte block, uint length, ulong counter, uint flags)
    {
        var (a, b) = (value.GetLower(), value.GetUpper());
        var c = Vector128.Create(0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A);
        var d = Vector128.Create((uint)counter, (uint)(counter >> 32), length, flags);
        var low = Vector256.LoadUnsafe(ref block).AsUInt32();
        var high = Vector256.LoadUnsafe(ref block, 32).AsUInt32();
        var columns = Vector256.Shuffle(low, Vector256.Create(0u, 2, 4, 6, 1, 3, 5, 7));
        var diagonals = Vector256.Shuffle(high, Vector256.Create(0u, 2, 4, 6, 1, 3, 5, 7));

        for (var round = 0; ; round++)
        {
            MixAvx2(ref a, ref b, ref c, ref d, columns.GetLower(), columns.GetUpper());
            ToDiagonals(ref b, ref c, ref d);
            MixAvx2(ref a, ref b, ref c, ref d, diagonals.GetLower(), diagonals.GetUpper());
            ToColumns(ref b, ref c, ref d);
            if (round == 6)
            {
                break;
            }

            (columns, diagonals) = (
                Avx2.Blend(
                    Vector256.Shuffle(columns, Vector256.Create(1u, 5, 7, 2, 3, 0, 0, 0)),
                    Vector256.Shuffle(diagonals, Vector256.Create(0u, 0, 0, 0, 0, 1, 0, 6)),
                    0b1010_0000),
                Avx2.Blend(
                    Vector256.Shuffle(columns, Vector256.Create(4u, 0, 0, 0, 0, 6, 0, 0)),
                    Vector256.Shuffle(diagonals, Vector256.Create(0u, 2, 4, 7, 5, 0, 3, 0)),
                    0b1101_1110));
        }

        value = Vector256.Create(a ^ c, b ^ d);
    }

    /// <summary>The same with AVX-512: the message is one register, a rotation one instruction.</summary>
    public static void CompressAvx512(
        ref Vector256<uint> value, ref byte block, uint length, ulong counter, uint flags)
    {
        var (a, b) = (value.GetLower(), value.GetUpper());
        var c = Vector128.Create(0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A);
        var d = Vector128.Create((uint)counter, (uint)(counter >> 32), length, flags);
        var m = Vector512.Shuffle(
            Vector512.LoadUnsafe(ref block).AsUInt32(),
            Vector512.Create(0u, 2, 4, 6, 1, 3, 5, 7, 8, 10, 12, 14, 9, 11, 13, 15));

        for (var round = 0; ; round++)
        {
            MixAvx512(ref a, ref b, ref c, ref d, Avx512F.ExtractVector128(m, 0), Avx512F.ExtractVector128(m, 1));
            ToDiagonals(ref b, ref c, ref d);
            MixAvx512(ref a, ref b, ref c, ref d, Avx512F.ExtractVector128(m, 2), Avx512F.ExtractVector128(m, 3));
            ToColumns(ref b, ref c, ref d);
            if (round == 6)
            {
                break;
            }

            m = Vector512.Shuffle(m, Vector512.Create(1u, 5, 7, 2, 3, 9, 0, 14, 4, 10, 12, 15, 13, 6, 11, 8));
        }

        value = Vector256.Create(a ^ c, b ^ d);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void MixAvx2(
        ref Vector128<uint> a, ref Vector128<uint> b, ref Vector128<uint> c, ref Vector128<uint> d,
        Vector128<uint> x, Vector128<uint> y)
    {
        a = a + x + b;
        d = Vector128.Shuffle(
            (d ^ a).AsByte(), Vector128.Create((byte)2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13)).AsUInt32();
        c += d;
        b ^= c;
        b = (b >> 12) | (b << 20);
        a = a + y + b;
        d = Vector128.Shuffle(
            (d ^ a).AsByte(), Vector128.Create((byte)1, 2, 3, 0, 5, 6, 7, 4, 9, 10, 11, 8, 13, 14, 15, 12)).AsUInt32();
        c += d;
        b ^= c;
        b = (b >> 7) | (b << 25);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void MixAvx512(
        ref Vector128<uint> a, ref Vector128<uint> b, ref Vector128<uint> c, ref Vector128<uint> d,
        Vector128<uint> x, Vector128<uint> y)
    {
        a = a + x + b;
        d = Avx512F.VL.RotateRight(d ^ a, 16);
        c += d;
        b = Avx512F.VL.RotateRight(b ^ c, 12);
        a = a + y + b;
        d = Avx512F.VL.RotateRight(d ^ a, 8);
        c += d;
        b = Avx512F.VL.RotateRight(b ^ c, 7);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void ToDiagonals(ref Vector128<uint> b, ref Vector128<uint> c, ref Vector128<uint> d)
    {
        b = Vector128.Shuffle(b, Vector128.Create(1u, 2, 3, 0));
        c = Vector128.Shuffle(c, Vector128.Create(2u, 3, 0, 1));
        d = Vector128.Shuffle(d, Vector128.Create(3u, 0, 1, 2));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void ToColumns(ref Vector128<uint> b, ref Vector128<uint> c, ref Vector128<uint> d)
    {
        b = Vector128.Shuffle(b, Vector128.Create(3u, 0, 1, 2));
        c = Vector128.Shuffle(c, Vector128.Create(2u, 3, 0, 1));
        d = Vector128.Shuffle(d, Vector128.Create(1u, 2, 3, 0));
    }
}
