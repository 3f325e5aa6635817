using System.Globalization;

namespace Nfs.Server.Units;

/// <summary>
/// Times as people write them: <c>500ms</c>, <c>2s</c>, <c>1m</c>, <c>1h</c>, <c>7d</c>. The unit is never guessed.
/// </summary>
internal static class Duration
{
    private static readonly TimeSpan s_max = TimeSpan.FromDays(1);
    private static readonly TimeSpan s_daysMax = TimeSpan.FromDays(3650);

    /// <summary>A time that something takes.</summary>
    public static Parsed<TimeSpan> Parse(string text) =>
        TryParse(text, s_max) is { } time
            ? time
            : Parsed<TimeSpan>.Refuse("takes a time up to 24h with its unit, such as 500ms, 2s, 1m or 1h");

    /// <summary>An age.</summary>
    public static Parsed<TimeSpan> ParseDays(string text) =>
        TryParse(text, s_daysMax) is { } age
            ? age
            : Parsed<TimeSpan>.Refuse("takes a time up to 3650d with its unit, such as 0s, 12h or 7d");

    /// <summary>The time in its two largest units, for people.</summary>
    public static string Format(TimeSpan time) => time switch
    {
        { TotalDays: >= 1 } => string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalDays}d {time.Hours}h"),
        { TotalHours: >= 1 } => string.Create(CultureInfo.InvariantCulture, $"{time.Hours}h {time.Minutes}m"),
        { TotalMinutes: >= 1 } => string.Create(CultureInfo.InvariantCulture, $"{time.Minutes}m {time.Seconds}s"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.#}s"),
    };

    private static TimeSpan? TryParse(string text, TimeSpan max)
    {
        var digits = text.AsSpan().IndexOfAnyExceptInRange('0', '9');
        return digits > 0
            && uint.TryParse(text.AsSpan(0, digits), NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            && UnitOf(text.AsSpan(digits)) is { } unit
            && count <= max.Ticks / unit.Ticks
            ? count * unit
            : null;
    }

    private static TimeSpan? UnitOf(ReadOnlySpan<char> unit) => unit switch
    {
        "ms" => TimeSpan.FromMilliseconds(1),
        "s" => TimeSpan.FromSeconds(1),
        "m" => TimeSpan.FromMinutes(1),
        "h" => TimeSpan.FromHours(1),
        "d" => TimeSpan.FromDays(1),
        _ => null,
    };
}
