using Microsoft.Extensions.Logging;

namespace Cas.Client;

/// <summary>
/// What a gateway needs before it can start, from a store that limits calls. A process that gave up would be started
/// again by whoever watches it, and begin with its calls anew.
/// </summary>
public static class PatientStart
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan s_pauseMax = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Asks until the answer is not <see cref="CasError.Throttled"/>, for five minutes. Calls of a store have waited for
    /// as long as the store said before they end with that.
    /// </summary>
    public static async Task<CasResult<T>> AskAsync<T>(
        Func<ValueTask<CasResult<T>>> ask, TimeProvider time, ILogger logger, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        for (var pause = TimeSpan.FromSeconds(2); ; pause = pause * 2 < s_pauseMax ? pause * 2 : s_pauseMax)
        {
            var answer = await ask().ConfigureAwait(false);
            if (answer.Error != CasError.Throttled || time.GetElapsedTime(started) + pause > s_patience)
            {
                return answer;
            }

            logger.StartWaits(pause.TotalSeconds, s_patience.TotalMinutes, answer.Detail);
            await Task.Delay(pause, time, cancellationToken).ConfigureAwait(false);
        }
    }
}
