using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Cas.Client.Xorbs;

/// <summary>
/// Whether grouping bytes pays for a chunk: it does if the number of set bits in a byte is distributed otherwise at
/// one of the four positions than over all. The rule is the reference implementation's, to the number.
/// </summary>
internal static class GroupingChoice
{
    private const int Positions = 4;
    private const int Bins = 9;
    private const int Values = 256;
    private const double DivergenceMin = 0.02;

    /// <summary>The scheme to try for <paramref name="chunk"/>.</summary>
    public static CompressionScheme Of(ReadOnlySpan<byte> chunk)
    {
        Span<int> histograms = stackalloc int[Positions * Bins];
        Count(chunk, histograms);
        for (var position = 0; position < Positions; position++)
        {
            if (Divergence(histograms, position, chunk.Length) > DivergenceMin)
            {
                return CompressionScheme.GroupedLz4;
            }
        }

        return CompressionScheme.Lz4;
    }

    /// <summary>Counts bytes by their position modulo 4 and their set bits into 4 x 9 bins.</summary>
    internal static void Count(ReadOnlySpan<byte> chunk, Span<int> histograms)
    {
        // By value first: a look at each byte costs one addition then, and no counting of bits.
        Span<int> values = stackalloc int[Positions * Values];
        ref var first = ref MemoryMarshal.GetReference(values);
        var rest = chunk;
        for (; rest.Length >= Positions; rest = rest[Positions..])
        {
            Unsafe.Add(ref first, rest[0])++;
            Unsafe.Add(ref first, Values + rest[1])++;
            Unsafe.Add(ref first, (2 * Values) + rest[2])++;
            Unsafe.Add(ref first, (3 * Values) + rest[3])++;
        }

        for (var position = 0; position < rest.Length; position++)
        {
            values[(position * Values) + rest[position]]++;
        }

        for (var i = 0; i < values.Length; i++)
        {
            histograms[(i / Values * Bins) + BitOperations.PopCount((uint)i % Values)] += values[i];
        }
    }

    private static double Divergence(ReadOnlySpan<int> histograms, int position, int length)
    {
        var own = histograms.Slice(position * Bins, Bins);
        var total = 0L;
        foreach (var count in own)
        {
            total += count;
        }

        var sum = 0.0;
        for (var bin = 0; bin < Bins; bin++)
        {
            if (own[bin] == 0)
            {
                // The reference computes 0 * ln 0 here, which is no number, and its maximum passes over those.
                return 0;
            }

            var all = 1;
            for (var other = 0; other < Positions; other++)
            {
                all += histograms[(other * Bins) + bin];
            }

            var p = own[bin] / (double)total;
            sum += p * Math.Log(p / (all / (double)length));
        }

        return sum;
    }
}
