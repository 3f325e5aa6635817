using Microsoft.Extensions.Logging;
using Vfs.Core.Ranges;

namespace Vfs.Core.Content;

/// <summary>
/// How a reader waits for bytes that are not here. The store is asked until it gives them, with pauses if it fails in
/// passing; when the reader has waited as long as it may, its client is told to ask again, and when nothing has come
/// for long, that it failed. A client that does not know the first answer never gets it if both limits are the same.
/// </summary>
internal sealed class DataWait(
    Hydrator hydrator, StoreHealth health, TimeProvider clock, TimeSpan waitMax, TimeSpan giveUpAfter, ILogger log)
{
    private static readonly TimeSpan s_pauseFirst = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_pauseMax = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Makes a window of a file covered, as far as it lies inside the file. Unless that fails, the caller looks again:
    /// the file may have changed meanwhile. The limits count from <paramref name="started"/>, a timestamp; the fetch goes
    /// on when this ends with Again.
    /// </summary>
    public async Task<VfsError> FetchAsync(
        FileContent content, ByteRange window, long started, CancellationToken cancellationToken)
    {
        try
        {
            for (var pause = s_pauseFirst; ; pause = pause * 2 < s_pauseMax ? pause * 2 : s_pauseMax)
            {
                var outcome = await WithinLimitAsync(hydrator.FetchAsync(content, window), started, cancellationToken);
                if (outcome != VfsError.Again || hydrator.IsStopping)
                {
                    return outcome;
                }

                var left = Left(started);
                if (left == TimeSpan.Zero)
                {
                    return Refuse(content, started);
                }

                await Task.Delay(pause < left ? pause : left, clock, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Nobody waits any more.
            return VfsError.Again;
        }
    }

    private async Task<VfsError> WithinLimitAsync(
        Task<VfsError> fetch, long started, CancellationToken cancellationToken)
    {
        try
        {
            return await fetch.WaitAsync(Left(started), clock, cancellationToken);
        }
        catch (TimeoutException)
        {
            return VfsError.Again;
        }
    }

    /// <summary>In whole milliseconds, as timers are.</summary>
    private TimeSpan Left(long started)
    {
        var left = (waitMax - clock.GetElapsedTime(started)).TotalMilliseconds;
        return TimeSpan.FromMilliseconds(Math.Max(0, Math.Floor(left)));
    }

    private VfsError Refuse(FileContent content, long started)
    {
        TimeSpan dry;
        string reason;
        lock (content.Gate)
        {
            dry = content.Drought.Refuse(started);
            reason = content.Drought.Reason;
        }

        if (dry < giveUpAfter && waitMax < giveUpAfter)
        {
            return VfsError.Again;
        }

        health.NoteGivenUp(content.Inode.Id, dry, reason);
        log.ReadGivenUp(content.Inode.Id, dry.TotalSeconds, reason);
        return VfsError.Io;
    }
}
