using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Cas.Client.Xorbs;

/// <summary>
/// Moves byte k of a chunk to group k mod 4, and back; the groups follow each other. The bytes of numbers of 2 or 4
/// bytes that are alike (exponents) come together and compress. Group g of n bytes has (n - g + 3) / 4 of them.
/// </summary>
internal static class ByteGrouping
{
    private const int Groups = 4;
    private const int VectorBytes = 16;
    private const int StepBytes = Groups * VectorBytes;

    /// <summary>Groups <paramref name="source"/>; <paramref name="destination"/> is as long and apart from it.</summary>
    public static void Group(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(destination.Length, source.Length);
        Split(destination, out var first, out var second, out var third, out var fourth);
        var done = Ssse3.IsSupported ? GroupVectors(source, first, second, third, fourth) : 0;
        for (var i = done * Groups; i < source.Length; i++)
        {
            var group = (i % Groups) switch { 0 => first, 1 => second, 2 => third, _ => fourth };
            group[i / Groups] = source[i];
        }
    }

    /// <summary>Undoes <see cref="Group"/>.</summary>
    public static void Ungroup(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(destination.Length, source.Length);

        // Split hands out writable parts; these are only read.
        var grouped = MemoryMarshal.CreateSpan(ref MemoryMarshal.GetReference(source), source.Length);
        Split(grouped, out var first, out var second, out var third, out var fourth);
        var done = Vector128.IsHardwareAccelerated
            ? UngroupVectors(first, second, third, fourth, destination)
            : 0;
        for (var i = done * Groups; i < destination.Length; i++)
        {
            var group = (i % Groups) switch { 0 => first, 1 => second, 2 => third, _ => fourth };
            destination[i] = group[i / Groups];
        }
    }

    private static void Split(
        Span<byte> bytes, out Span<byte> first, out Span<byte> second, out Span<byte> third, out Span<byte> fourth)
    {
        int Length(int group, int total) => (total - group + Groups - 1) / Groups;
        first = bytes[..Length(0, bytes.Length)];
        second = bytes.Slice(first.Length, Length(1, bytes.Length));
        third = bytes.Slice(first.Length + second.Length, Length(2, bytes.Length));
        fourth = bytes[(first.Length + second.Length + third.Length)..];
    }

    /// <summary>Groups whole steps; how many bytes each group got.</summary>
    private static int GroupVectors(
        ReadOnlySpan<byte> source, Span<byte> first, Span<byte> second, Span<byte> third, Span<byte> fourth)
    {
        var order = Vector128.Create((byte)0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
        var done = 0;
        for (; source.Length >= StepBytes; source = source[StepBytes..])
        {
            // Four bytes of each group in each vector; then the vectors' quarters are exchanged.
            var a = Ssse3.Shuffle(Vector128.Create(source), order).AsUInt32();
            var b = Ssse3.Shuffle(Vector128.Create(source[VectorBytes..]), order).AsUInt32();
            var c = Ssse3.Shuffle(Vector128.Create(source[(2 * VectorBytes)..]), order).AsUInt32();
            var d = Ssse3.Shuffle(Vector128.Create(source[(3 * VectorBytes)..]), order).AsUInt32();
            var abLow = Sse2.UnpackLow(a, b).AsUInt64();
            var abHigh = Sse2.UnpackHigh(a, b).AsUInt64();
            var cdLow = Sse2.UnpackLow(c, d).AsUInt64();
            var cdHigh = Sse2.UnpackHigh(c, d).AsUInt64();
            Sse2.UnpackLow(abLow, cdLow).AsByte().CopyTo(first[done..]);
            Sse2.UnpackHigh(abLow, cdLow).AsByte().CopyTo(second[done..]);
            Sse2.UnpackLow(abHigh, cdHigh).AsByte().CopyTo(third[done..]);
            Sse2.UnpackHigh(abHigh, cdHigh).AsByte().CopyTo(fourth[done..]);
            done += VectorBytes;
        }

        return done;
    }

    private static int UngroupVectors(
        ReadOnlySpan<byte> first,
        ReadOnlySpan<byte> second,
        ReadOnlySpan<byte> third,
        ReadOnlySpan<byte> fourth,
        Span<byte> destination)
    {
        var done = 0;
        for (; destination.Length >= StepBytes; destination = destination[StepBytes..])
        {
            var (low, high) = Interleave(Vector128.Create(first[done..]), Vector128.Create(second[done..]));
            var (lowUpper, highUpper) = Interleave(Vector128.Create(third[done..]), Vector128.Create(fourth[done..]));
            var (a, b) = Interleave(low, lowUpper);
            var (c, d) = Interleave(high, highUpper);
            a.CopyTo(destination);
            b.CopyTo(destination[VectorBytes..]);
            c.CopyTo(destination[(2 * VectorBytes)..]);
            d.CopyTo(destination[(3 * VectorBytes)..]);
            done += VectorBytes;
        }

        return done;
    }

    private static (Vector128<ushort> Low, Vector128<ushort> High) Interleave(Vector128<byte> a, Vector128<byte> b) =>
        (Vector128.WidenLower(a) | (Vector128.WidenLower(b) << 8),
         Vector128.WidenUpper(a) | (Vector128.WidenUpper(b) << 8));

    private static (Vector128<byte> Low, Vector128<byte> High) Interleave(Vector128<ushort> a, Vector128<ushort> b) =>
        ((Vector128.WidenLower(a) | (Vector128.WidenLower(b) << 16)).AsByte(),
         (Vector128.WidenUpper(a) | (Vector128.WidenUpper(b) << 16)).AsByte());
}
