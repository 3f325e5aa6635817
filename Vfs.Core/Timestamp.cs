namespace Vfs.Core;

/// <summary>A point in time in nanoseconds since 1970-01-01 UTC. Covers 1678 to 2262.</summary>
/// <param name="Nanoseconds">Nanoseconds since the epoch; negative before 1970.</param>
public readonly record struct Timestamp(long Nanoseconds) : IComparable<Timestamp>
{
    /// <summary>Nanoseconds in a second.</summary>
    public const long NanosecondsPerSecond = 1_000_000_000;

    /// <summary>Whole seconds since the epoch, rounded down.</summary>
    public long Seconds => Math.DivRem(Nanoseconds - SubSecond, NanosecondsPerSecond).Quotient;

    /// <summary>Nanoseconds within the second, 0 to 999,999,999.</summary>
    public uint SubSecond
    {
        get
        {
            var rest = Nanoseconds % NanosecondsPerSecond;
            return (uint)(rest < 0 ? rest + NanosecondsPerSecond : rest);
        }
    }

    /// <summary>From seconds and nanoseconds; nanoseconds of a second or more are cut to 999,999,999.</summary>
    public static Timestamp From(uint seconds, uint nanoseconds) =>
        new((seconds * NanosecondsPerSecond) + Math.Min(nanoseconds, (uint)NanosecondsPerSecond - 1));

    /// <summary>The time that <paramref name="clock"/> shows, to its 100 ns.</summary>
    public static Timestamp Now(TimeProvider clock) =>
        new((clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100);

    /// <inheritdoc/>
    public int CompareTo(Timestamp other) => Nanoseconds.CompareTo(other.Nanoseconds);
}
