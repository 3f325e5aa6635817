namespace Vfs.Core.Content;

/// <summary>
/// For how long the readers of one file have asked in vain. Who asks again soon has not given up, and the time goes on;
/// any byte that comes ends it. Guarded by the content's lock.
/// </summary>
internal sealed class Drought(TimeProvider clock)
{
    private const string NoAnswer = "the store does not answer";

    // Linux asks again after 5 s, macOS after up to 30.
    private static readonly TimeSpan s_pauseMax = TimeSpan.FromMinutes(1);

    private long? _since;
    private long _refused;

    /// <summary>Why the last fetch brought nothing.</summary>
    public string Reason { get; private set; } = NoAnswer;

    /// <summary>A fetch brought nothing.</summary>
    public void Failed(string reason) => Reason = reason;

    /// <summary>Bytes came.</summary>
    public void End() => (_since, Reason) = (null, NoAnswer);

    /// <summary>Who has waited since <paramref name="started"/> gets nothing; the time that this goes on.</summary>
    public TimeSpan Refuse(long started)
    {
        if (_since is null || clock.GetElapsedTime(_refused, started) > s_pauseMax)
        {
            _since = started;
        }

        _refused = clock.GetTimestamp();
        return clock.GetElapsedTime(_since.Value, _refused);
    }
}
