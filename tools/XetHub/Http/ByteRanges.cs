using System.Globalization;

namespace XetHub.Http;

/// <summary>Bytes [<paramref name="Start"/>, <paramref name="End"/>).</summary>
internal readonly record struct ByteRange(ulong Start, ulong End)
{
    public ulong Length => End - Start;

    /// <summary>As headers have it: the last byte included.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Start}-{End - 1}");
}

/// <summary>Reads and writes lists of ranges: <c>bytes=0-99,200-299</c>.</summary>
internal static class ByteRanges
{
    private const string Unit = "bytes=";

    /// <summary>More in one request is nonsense.</summary>
    private const int CountMax = 4096;

    public static string Write(IEnumerable<ByteRange> ranges) => Unit + string.Join(',', ranges);

    /// <summary>Null unless all of it is ranges with a start; those without an end have no end.</summary>
    public static List<ByteRange>? TryRead(string text)
    {
        if (!text.StartsWith(Unit, StringComparison.Ordinal))
        {
            return null;
        }

        var parts = text[Unit.Length..].Split(',', CountMax + 1, StringSplitOptions.TrimEntries);
        var ranges = new List<ByteRange>(parts.Length);
        foreach (var part in parts)
        {
            var dash = part.IndexOf('-', StringComparison.Ordinal);
            if (dash <= 0 || !TryReadNumber(part.AsSpan(0, dash), out var start)
                || !TryReadEnd(part.AsSpan(dash + 1), out var end) || start >= end)
            {
                return null;
            }

            ranges.Add(new ByteRange(start, end));
        }

        return parts.Length <= CountMax ? ranges : null;
    }

    private static bool TryReadEnd(ReadOnlySpan<char> text, out ulong end)
    {
        end = ulong.MaxValue;
        if (text.IsEmpty)
        {
            return true;
        }

        var isRead = TryReadNumber(text, out var last) && last < ulong.MaxValue;
        end = isRead ? last + 1 : 0;
        return isRead;
    }

    private static bool TryReadNumber(ReadOnlySpan<char> text, out ulong number) =>
        ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
