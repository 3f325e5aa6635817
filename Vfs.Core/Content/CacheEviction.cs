using Microsoft.Extensions.Logging;
using Vfs.Core.Ranges;

namespace Vfs.Core.Content;

/// <summary>
/// Makes room: drops covered bytes that the store has, on an operator's word or, longest unused files first, when the
/// cache is over its limit. Dirty bytes are never touched.
/// </summary>
internal sealed class CacheEviction(
    ContentTable contents, ContentRounds rounds, CacheUsage usage, ulong bytesMax, TimeProvider clock, ILogger log)
    : IAsyncDisposable
{
    private static readonly TimeSpan s_lookEvery = TimeSpan.FromSeconds(2);

    // A reader that paused for longer is taken to have stopped.
    private static readonly TimeSpan s_readersPause = TimeSpan.FromSeconds(10);

    private readonly CancellationTokenSource _stop = new();
    private Task _loop = Task.CompletedTask;

    public void Start() => _loop = Task.Run(RunAsync);

    /// <summary>Drops the clean bytes of one file; returns how many.</summary>
    public Task<ulong> EvictAsync(FileContent content) => DropAsync(content, long.MaxValue);

    /// <summary>Spares what readers that were seen since a timestamp are about to read.</summary>
    private async Task<ulong> DropAsync(FileContent content, long readersSince)
    {
        RangeSet clean;
        Task<VfsError>? withdrawn = null;
        lock (content.Gate)
        {
            clean = content.CleanLocked();
            foreach (var range in content.Streams.AboutToRead(readersSince))
            {
                clean.Remove(range);
            }

            if (content.IsGone || clean.IsEmpty)
            {
                return 0;
            }

            // The database must stop vouching for the bytes before they go, or a crash would turn them into zeros.
            content.UncoverLocked(clean);
            if (content.Durable.IsTrusted)
            {
                content.Durable.NeedsRow = true;
                withdrawn = rounds.SettleLocked(content);
            }
            else
            {
                // A writer may have asked for that already, and the round is on its way to the disk.
                withdrawn = content.Durable.Withdrawal;
            }
        }

        if (withdrawn is not null && await withdrawn != VfsError.None)
        {
            return 0;
        }

        lock (content.Gate)
        {
            if (!content.IsGone)
            {
                content.PunchLocked(clean);
            }
        }

        return clean.TotalBytes;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        using var timer = new PeriodicTimer(s_lookEvery, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                await TrimAsync();
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    private async Task TrimAsync()
    {
        try
        {
            if (!IsOver())
            {
                return;
            }

            var since = clock.GetTimestamp() - (long)(s_readersPause.TotalSeconds * clock.TimestampFrequency);
            foreach (var id in usage.Holders(contents.Snapshot().ConvertAll(c => c.Inode.Id)))
            {
                if (!IsOver() || _stop.IsCancellationRequested)
                {
                    return;
                }

                if (contents.Use(id) is { } use)
                {
                    using (use)
                    {
                        // What was fetched ahead would be fetched again at once.
                        await DropAsync(use.Content, since);
                    }
                }
            }
        }
        catch (IOException e)
        {
            log.TrimFailed(e);
        }
    }

    private bool IsOver()
    {
        var (held, dirty, _) = usage.Sums;
        return held - Math.Min(dirty, held) > bytesMax;
    }
}
