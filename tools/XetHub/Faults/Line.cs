namespace XetHub.Faults;

/// <summary>
/// A line of a certain speed that several requests share: who sends waits until his bytes are through. The lock guards
/// the time until which the line is taken.
/// </summary>
internal sealed class Line(long bytesPerSecond, TimeProvider time)
{
    // Timers are late by about a millisecond: shorter waits are saved up, and what a late one lost is made up for.
    private static readonly TimeSpan s_waitMin = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan s_lateMax = TimeSpan.FromMilliseconds(5);

    private readonly Lock _gate = new();
    private readonly long _start = time.GetTimestamp();
    private TimeSpan _takenUntil; // Since the start. Guarded by _gate.

    public async ValueTask SendAsync(int bytes, CancellationToken cancellationToken)
    {
        if (bytesPerSecond > 0 && Take(bytes) is var wait && wait >= s_waitMin)
        {
            await Task.Delay(wait, time, cancellationToken);
        }
    }

    /// <summary>How long until the bytes are through.</summary>
    private TimeSpan Take(int bytes)
    {
        lock (_gate)
        {
            var now = time.GetElapsedTime(_start);
            var from = now - s_lateMax > _takenUntil ? now - s_lateMax : _takenUntil;
            _takenUntil = from + TimeSpan.FromSeconds((double)bytes / bytesPerSecond);
            return _takenUntil - now;
        }
    }
}
