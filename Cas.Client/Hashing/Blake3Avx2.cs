using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Cas.Client.Hashing;

/// <summary>
/// BLAKE3 with AVX2: eight nodes at once, one a lane. The state of all lanes is sixteen vectors, as many as there are
/// registers, and a rotation needs one more: so the third row of the state stays in memory beside the transposed
/// message. It is the row that is waited for the least; with it in registers this is a third slower.
/// </summary>
internal static class Blake3Avx2
{
    /// <summary>Nodes that one call takes.</summary>
    public const int Lanes = 8;

    /// <summary>Whether this machine can run it.</summary>
    public static bool IsSupported => Avx2.IsSupported;

    /// <summary>
    /// Compresses <paramref name="count"/> nodes, at most <see cref="Lanes"/>, that lie one after the other, and writes
    /// <see cref="Lanes"/> chaining values; those past <paramref name="count"/> mean nothing.
    /// </summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void HashNodes(
        ref byte input, int count, Blake3Node node, in Blake3Key key, ulong counter, ref byte output)
    {
        Unsafe.SkipInit(out Message message);
        ref var m = ref message[0];
        ref var c0 = ref message[16];
        ref var c1 = ref message[17];
        ref var c2 = ref message[18];
        ref var c3 = ref message[19];

        // A lane without a node repeats the last one, and nobody looks at its value.
        Unsafe.SkipInit(out Offsets offsets);
        for (var lane = 0; lane < Lanes; lane++)
        {
            offsets[lane] = (nuint)(Math.Min(lane, count - 1) * node.Bytes);
        }

        var words = key.Words;
        var (a0, a1) = (Vector256.Create(words[0]), Vector256.Create(words[1]));
        var (a2, a3) = (Vector256.Create(words[2]), Vector256.Create(words[3]));
        var (b0, b1) = (Vector256.Create(words[4]), Vector256.Create(words[5]));
        var (b2, b3) = (Vector256.Create(words[6]), Vector256.Create(words[7]));
        var lanes = Vector256<uint>.Indices * Vector256.Create(node.CounterStep);
        var counterLow = Vector256.Create((uint)counter) + lanes;
        var carry = Vector256.LessThan(counterLow, lanes);
        var counterHigh = Vector256.Create((uint)(counter >> 32)) - carry;

        for (var block = 0; block < node.Blocks; block++)
        {
            LoadMessage(ref input, ref offsets[0], ref m);
            input = ref Unsafe.Add(ref input, Blake3Node.BlockBytes);

            c0 = Vector256.Create(0x6A09E667u);
            c1 = Vector256.Create(0xBB67AE85u);
            c2 = Vector256.Create(0x3C6EF372u);
            c3 = Vector256.Create(0xA54FF53Au);
            var (d0, d1) = (counterLow, counterHigh);
            var d2 = Vector256.Create((uint)Blake3Node.BlockBytes);
            var d3 = Vector256.Create(key.Flags | node.FlagsOf(block));

            MixAll(
                ref a0, ref a1, ref a2, ref a3, ref b0, ref b1, ref b2, ref b3, ref c0, ref c1, ref c2, ref c3,
                ref d0, ref d1, ref d2, ref d3, ref m, 0, 1, 2, 3, 4, 5, 6, 7);
            MixAll(
                ref a0, ref a1, ref a2, ref a3, ref b1, ref b2, ref b3, ref b0, ref c2, ref c3, ref c0, ref c1,
                ref d3, ref d0, ref d1, ref d2, ref m, 8, 9, 10, 11, 12, 13, 14, 15);
            MixAll(
                ref a0, ref a1, ref a2, ref a3, ref b0, ref b1, ref b2, ref b3, ref c0, ref c1, ref c2, ref c3,
                ref d0, ref d1, ref d2, ref d3, ref m, 2, 6, 3, 10, 7, 0, 4, 13);
            MixAll(
                ref a0, ref a1, ref a2, ref a3, ref b1, ref b2, ref b3, ref b0, ref c2, ref c3, ref c0, ref c1,
                ref d3, ref d0, ref d1, ref d2, ref m, 1, 11, 12, 5, 9, 14, 15, 8);
            MixAll(
                ref a0, ref a1, ref a2, ref a3, ref b0, ref b1, ref b2, ref b3, ref c0, ref c1, ref c2, ref c3,
                ref d0, ref d1, ref d2, ref d3, ref m, 3, 4, 10, 12, 13, 2, 7, 14);
            MixAll(
                ref a0, ref a1, ref a2, ref a3, ref b1, ref b2, ref b3, ref b0, ref c2, ref c3, ref c0, ref c1,
                ref d3, ref d0, ref d1, ref d2, ref m, 6, 5, 9, 0, 11, 15, 8, 1);
            MixAll(
                ref a0, ref a1, ref a2, ref a3, ref b0, ref b1, ref b2, ref b3, ref c0, ref c1, ref c2, ref c3,
                ref d0, ref d1, ref d2, ref d3, ref m, 10, 7, 12, 9, 14, 3, 13, 15);
            MixAll(
                ref a0, ref a1, ref a2, ref a3, ref b1, ref b2, ref b3, ref b0, ref c2, ref c3, ref c0, ref c1,
                ref d3, ref d0, ref d1, ref d2, ref m, 4, 0, 11, 2, 5, 8, 1, 6);
            MixAll(
                ref a0, ref a1, ref a2, ref a3, ref b0, ref b1, ref b2, ref b3, ref c0, ref c1, ref c2, ref c3,
                ref d0, ref d1, ref d2, ref d3, ref m, 12, 13, 9, 11, 15, 10, 14, 8);
            MixAll(
                ref a0, ref a1, ref a2, ref a3, ref b1, ref b2, ref b3, ref b0, ref c2, ref c3, ref c0, ref c1,
                ref d3, ref d0, ref d1, ref d2, ref m, 7, 2, 5, 3, 0, 1, 6, 4);
            MixAll(
                ref a0, ref a1, ref a2, ref a3, ref b0, ref b1, ref b2, ref b3, ref c0, ref c1, ref c2, ref c3,
                ref d0, ref d1, ref d2, ref d3, ref m, 9, 14, 11, 5, 8, 12, 15, 1);
            MixAll(
                ref a0, ref a1, ref a2, ref a3, ref b1, ref b2, ref b3, ref b0, ref c2, ref c3, ref c0, ref c1,
                ref d3, ref d0, ref d1, ref d2, ref m, 13, 3, 0, 10, 2, 6, 4, 7);
            MixAll(
                ref a0, ref a1, ref a2, ref a3, ref b0, ref b1, ref b2, ref b3, ref c0, ref c1, ref c2, ref c3,
                ref d0, ref d1, ref d2, ref d3, ref m, 11, 15, 5, 0, 1, 9, 8, 6);
            MixAll(
                ref a0, ref a1, ref a2, ref a3, ref b1, ref b2, ref b3, ref b0, ref c2, ref c3, ref c0, ref c1,
                ref d3, ref d0, ref d1, ref d2, ref m, 14, 10, 2, 12, 3, 4, 7, 13);

            (a0, a1, a2, a3) = (a0 ^ c0, a1 ^ c1, a2 ^ c2, a3 ^ c3);
            (b0, b1, b2, b3) = (b0 ^ d0, b1 ^ d1, b2 ^ d2, b3 ^ d3);
        }

        Transpose(ref a0, ref a1, ref a2, ref a3);
        Transpose(ref b0, ref b1, ref b2, ref b3);
        Store(a0, b0, ref output);
        Store(a1, b1, ref Unsafe.Add(ref output, 32));
        Store(a2, b2, ref Unsafe.Add(ref output, 64));
        Store(a3, b3, ref Unsafe.Add(ref output, 96));
    }

    // The four columns, or with b, c and d turned the four diagonals, and the words of the message that each takes.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void MixAll(
        ref Vector256<uint> a0, ref Vector256<uint> a1, ref Vector256<uint> a2, ref Vector256<uint> a3,
        ref Vector256<uint> b0, ref Vector256<uint> b1, ref Vector256<uint> b2, ref Vector256<uint> b3,
        ref Vector256<uint> c0, ref Vector256<uint> c1, ref Vector256<uint> c2, ref Vector256<uint> c3,
        ref Vector256<uint> d0, ref Vector256<uint> d1, ref Vector256<uint> d2, ref Vector256<uint> d3,
        ref Vector256<uint> m, int x0, int y0, int x1, int y1, int x2, int y2, int x3, int y3)
    {
        Mix(ref a0, ref b0, ref c0, ref d0, ref Unsafe.Add(ref m, x0), ref Unsafe.Add(ref m, y0));
        Mix(ref a1, ref b1, ref c1, ref d1, ref Unsafe.Add(ref m, x1), ref Unsafe.Add(ref m, y1));
        Mix(ref a2, ref b2, ref c2, ref d2, ref Unsafe.Add(ref m, x2), ref Unsafe.Add(ref m, y2));
        Mix(ref a3, ref b3, ref c3, ref d3, ref Unsafe.Add(ref m, x3), ref Unsafe.Add(ref m, y3));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Mix(
        ref Vector256<uint> a, ref Vector256<uint> b, ref Vector256<uint> c, ref Vector256<uint> d,
        ref Vector256<uint> x, ref Vector256<uint> y)
    {
        a = a + x + b;
        d = RotateRight16(d ^ a);
        var sum = c + d;
        c = sum;
        b = RotateRight12(b ^ sum);
        a = a + y + b;
        d = RotateRight8(d ^ a);
        sum = c + d;
        c = sum;
        b = RotateRight7(b ^ sum);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> RotateRight16(Vector256<uint> v) => Avx2.Shuffle(v.AsByte(), Vector256.Create(
        (byte)2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13,
        2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13)).AsUInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> RotateRight12(Vector256<uint> v) => (v >> 12) | (v << 20);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> RotateRight8(Vector256<uint> v) => Avx2.Shuffle(v.AsByte(), Vector256.Create(
        (byte)1, 2, 3, 0, 5, 6, 7, 4, 9, 10, 11, 8, 13, 14, 15, 12,
        1, 2, 3, 0, 5, 6, 7, 4, 9, 10, 11, 8, 13, 14, 15, 12)).AsUInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> RotateRight7(Vector256<uint> v) => (v >> 7) | (v << 25);


    /// <summary>Word w of the block of every lane becomes vector w.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void LoadMessage(ref byte input, ref nuint offsets, ref Vector256<uint> m)
    {
        for (nuint quarter = 0; quarter < 64; quarter += 16)
        {
            var v0 = LoadRows(ref input, ref offsets, quarter);
            var v1 = LoadRows(ref input, ref Unsafe.Add(ref offsets, 1), quarter);
            var v2 = LoadRows(ref input, ref Unsafe.Add(ref offsets, 2), quarter);
            var v3 = LoadRows(ref input, ref Unsafe.Add(ref offsets, 3), quarter);
            Transpose(ref v0, ref v1, ref v2, ref v3);
            m = v0;
            Unsafe.Add(ref m, 1) = v1;
            Unsafe.Add(ref m, 2) = v2;
            Unsafe.Add(ref m, 3) = v3;
            m = ref Unsafe.Add(ref m, 4);
        }
    }

    // Sixteen bytes of lanes 0 and 4 from the first lane of offsets on.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> LoadRows(ref byte input, ref nuint offsets, nuint quarter) => Vector256.Create(
        Vector128.LoadUnsafe(ref input, offsets + quarter),
        Vector128.LoadUnsafe(ref input, Unsafe.Add(ref offsets, 4) + quarter)).AsUInt32();


    /// <summary>Transposes the 4 x 4 words of each 128 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose(
        ref Vector256<uint> v0, ref Vector256<uint> v1, ref Vector256<uint> v2, ref Vector256<uint> v3)
    {
        var low01 = Avx2.UnpackLow(v0, v1).AsUInt64();
        var high01 = Avx2.UnpackHigh(v0, v1).AsUInt64();
        var low23 = Avx2.UnpackLow(v2, v3).AsUInt64();
        var high23 = Avx2.UnpackHigh(v2, v3).AsUInt64();
        v0 = Avx2.UnpackLow(low01, low23).AsUInt32();
        v1 = Avx2.UnpackHigh(low01, low23).AsUInt32();
        v2 = Avx2.UnpackLow(high01, high23).AsUInt32();
        v3 = Avx2.UnpackHigh(high01, high23).AsUInt32();
    }

    // The values of every fourth lane.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector256<uint> low, Vector256<uint> high, ref byte output)
    {
        low.GetLower().AsByte().StoreUnsafe(ref output, 0);
        high.GetLower().AsByte().StoreUnsafe(ref output, 16);
        low.GetUpper().AsByte().StoreUnsafe(ref output, 128);
        high.GetUpper().AsByte().StoreUnsafe(ref output, 144);
    }

    [InlineArray(16 + 4)]
    private struct Message
    {
        private Vector256<uint> _word;
    }

    [InlineArray(Lanes)]
    private struct Offsets
    {
        private nuint _lane;
    }
}
