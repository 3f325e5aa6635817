namespace Vfs.Core.Content;

/// <summary>
/// Refuses what the staging disk could not hold, before anything is changed. Looks at the disk at most a few times a
/// second and counts what was let through since; keeps a reserve for the database, so that names can always be removed
/// and ranges committed.
/// </summary>
internal sealed class SpaceGuard(StagingDirectory staging, TimeProvider clock)
{
    private const ulong ReserveBytes = 64UL << 20;
    private static readonly TimeSpan s_lookEvery = TimeSpan.FromMilliseconds(250);

    private readonly Lock _gate = new();
    private long _lookedAt;
    private ulong _available;

    /// <summary>What clients can write where so many bytes are available to us.</summary>
    public static ulong Writable(ulong available) => available > ReserveBytes ? available - ReserveBytes : 0;

    /// <summary>Whether <paramref name="bytes"/> more fit; if so, they are counted.</summary>
    public bool TryTake(ulong bytes)
    {
        lock (_gate)
        {
            if (_lookedAt == 0 || clock.GetElapsedTime(_lookedAt) > s_lookEvery)
            {
                _lookedAt = clock.GetTimestamp();
                _available = Writable(staging.Space().Available);
            }

            if (_available < bytes)
            {
                return false;
            }

            _available -= bytes;
            return true;
        }
    }
}
