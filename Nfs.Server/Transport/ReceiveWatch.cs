namespace Nfs.Server.Transport;

/// <summary>
/// Since when a peer is silent, or in the middle of a record. The receive loop notes what came; the sweep asks.
/// </summary>
internal sealed class ReceiveWatch(TimeProvider clock)
{
    private long _receivedAt = clock.GetTimestamp();
    private long _recordSince;

    /// <summary>Whether nothing came for longer than a mounted client is ever silent.</summary>
    public bool IsIdle => clock.GetElapsedTime(Volatile.Read(ref _receivedAt)) > ServerLimits.IdleTimeout;

    /// <summary>Whether a record has begun and does not end. A byte now and then does not help.</summary>
    public bool IsStalled
    {
        get
        {
            var since = Volatile.Read(ref _recordSince);
            return since != 0 && clock.GetElapsedTime(since) > ServerLimits.StallTimeout;
        }
    }

    /// <summary>Something came.</summary>
    /// <param name="isInRecord">Whether a record has begun and not ended.</param>
    /// <param name="isNewRecord">Whether that is another one than before.</param>
    public void Note(bool isInRecord, bool isNewRecord)
    {
        var now = clock.GetTimestamp();
        Volatile.Write(ref _receivedAt, now);
        if (!isInRecord)
        {
            Pause();
        }
        else if (isNewRecord || _recordSince == 0)
        {
            Volatile.Write(ref _recordSince, now);
        }
    }

    /// <summary>It is not the peer that the next record waits for.</summary>
    public void Pause() => Volatile.Write(ref _recordSince, 0);
}
