using Microsoft.Extensions.Logging;
using Vfs.Core.Ranges;

namespace Vfs.Core.Content;

/// <summary>
/// Makes room: drops covered bytes that the store has, on an operator's word or, longest unused first, when the cache is
/// over its limit. Files stay in use meanwhile, and dirty bytes are never touched.
/// </summary>
internal sealed class CacheEviction(
    ContentTable contents, ContentRounds rounds, CacheUsage usage, ulong bytesMax, TimeProvider clock, ILogger log)
    : IAsyncDisposable
{
    private static readonly TimeSpan s_lookEvery = TimeSpan.FromMilliseconds(250);

    // A reader that paused for longer is taken to have stopped.
    private static readonly TimeSpan s_readersPause = TimeSpan.FromSeconds(10);

    private readonly CancellationTokenSource _stop = new();

    // Files that nobody used for so long that memory has forgotten them. Found anew when all are dropped.
    private readonly Queue<InodeId> _forgotten = new();
    private Task _loop = Task.CompletedTask;

    public void Start() => _loop = Task.Run(RunAsync);

    /// <summary>Drops the clean bytes of one file; returns how many.</summary>
    public Task<ulong> EvictAsync(FileContent content) => DropAsync(content, c => c.CleanLocked());

    private async Task<ulong> DropAsync(FileContent content, Func<FileContent, RangeSet> choose)
    {
        RangeSet clean;
        Task<VfsError>? withdrawn = null;
        lock (content.Gate)
        {
            clean = choose(content);
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
                withdrawn = content.Durable.Withdrawal?.WaitAsync();
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
            if (OverBytes() > 0)
            {
                await DropForgottenAsync();
            }

            if (OverBytes() > 0)
            {
                await DropLongestUnusedAsync();
            }
        }
        catch (IOException e)
        {
            log.TrimFailed(e);
        }
    }

    private async Task DropForgottenAsync()
    {
        if (_forgotten.Count == 0)
        {
            usage.HoldersBut([.. contents.Snapshot().Select(c => c.Inode.Id)]).ForEach(_forgotten.Enqueue);
        }

        while (OverBytes() > 0 && !_stop.IsCancellationRequested && _forgotten.TryDequeue(out var id))
        {
            if (!contents.Has(id) && contents.Use(id) is { } use)
            {
                using (use)
                {
                    await DropAsync(use.Content, c => c.CleanLocked());
                }
            }
        }
    }

    private async Task DropLongestUnusedAsync()
    {
        // What was fetched ahead would be fetched again at once.
        var readersSince = clock.GetTimestamp() - (long)(s_readersPause.TotalSeconds * clock.TimestampFrequency);
        var parts = new List<(InodeId File, PartUse Use)>();
        foreach (var content in contents.Snapshot())
        {
            lock (content.Gate)
            {
                parts.AddRange(content.Uses.Of(Droppable(content, readersSince)).Select(use => (content.Inode.Id, use)));
            }
        }

        var chosen = new Dictionary<InodeId, List<ByteRange>>();
        ulong bytes = 0;
        var over = OverBytes();
        foreach (var (file, use) in parts.OrderBy(part => part.Use.LastUse).TakeWhile(_ => bytes < over))
        {
            (chosen.TryGetValue(file, out var ranges) ? ranges : chosen[file] = []).Add(use.Part);
            bytes += use.Bytes;
        }

        foreach (var (file, ranges) in chosen)
        {
            if (!_stop.IsCancellationRequested && contents.Use(file) is { } use)
            {
                using (use)
                {
                    await DropAsync(use.Content, c => Within(Droppable(c, readersSince), ranges));
                }
            }
        }
    }

    /// <summary>What may be dropped: not what readers that were seen since a timestamp are about to read.</summary>
    private static RangeSet Droppable(FileContent content, long readersSince)
    {
        var clean = content.CleanLocked();
        foreach (var range in content.Streams.AboutToRead(readersSince))
        {
            clean.Remove(range);
        }

        return clean;
    }

    private static RangeSet Within(RangeSet set, List<ByteRange> ranges)
    {
        var within = new RangeSet();
        foreach (var part in ranges.SelectMany(set.Within))
        {
            within.Add(part);
        }

        return within;
    }

    private ulong OverBytes()
    {
        var clean = usage.Sums.Clean;
        return clean > bytesMax ? clean - bytesMax : 0;
    }
}
