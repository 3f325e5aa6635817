using System.Globalization;

namespace Nfs.Server.Units;

/// <summary>
/// Sizes as people write them: <c>512MiB</c>, <c>1G</c>, <c>10GB</c>, <c>4096</c>. K, M, G, T alone or with iB are
/// powers of 1024; with B they are powers of 1000.
/// </summary>
internal static class ByteSize
{
    private const string Letters = "KMGT";

    public static Parsed<ulong> Parse(string text)
    {
        var digits = text.AsSpan().IndexOfAnyExceptInRange('0', '9');
        digits = digits < 0 ? text.Length : digits;
        return ulong.TryParse(text.AsSpan(0, digits), NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            && UnitOf(text.AsSpan(digits)) is { } unit
            && count <= ulong.MaxValue / unit
            ? count * unit
            : Parsed<ulong>.Refuse("takes a size such as 10GiB, 512MiB or 1G");
    }

    /// <summary>The size with three digits and a unit, for people.</summary>
    public static string Format(ulong bytes)
    {
        var value = (double)bytes;
        var power = 0;
        while (value >= 1024 && power < Letters.Length)
        {
            value /= 1024;
            power++;
        }

        return power == 0
            ? string.Create(CultureInfo.InvariantCulture, $"{bytes} B")
            : string.Create(CultureInfo.InvariantCulture, $"{value:0.##} {Letters[power - 1]}iB");
    }

    private static ulong? UnitOf(ReadOnlySpan<char> unit)
    {
        if (unit.IsEmpty || unit.Equals("B", StringComparison.OrdinalIgnoreCase))
        {
            return 1;
        }

        var power = Letters.IndexOf(char.ToUpperInvariant(unit[0]), StringComparison.Ordinal) + 1;
        var rest = unit[1..];
        if (power == 0)
        {
            return null;
        }

        if (rest.IsEmpty || rest.Equals("iB", StringComparison.OrdinalIgnoreCase))
        {
            return 1UL << (10 * power);
        }

        return rest.Equals("B", StringComparison.OrdinalIgnoreCase) ? (ulong)Math.Pow(1000, power) : null;
    }
}
