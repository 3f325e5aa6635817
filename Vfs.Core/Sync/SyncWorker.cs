using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Vfs.Core.Content;
using Vfs.Core.Namespace;

namespace Vfs.Core.Sync;

/// <summary>
/// The loop that keeps the store in step: takes marks that are due, has the files behind them flushed, and commits
/// the tree's differences. A file that is slow or fails holds up its own marks only.
/// </summary>
internal sealed class SyncWorker(
    Tree tree, SyncMarks marks, ContentTable contents, Flusher flusher, Reconciler reconciler, LocalChanges local,
    StoreHealth health, TimeProvider clock, ILogger log) : IAsyncDisposable
{
    private const int MarksInFlightMax = 4096;
    private static readonly TimeSpan s_waitMax = TimeSpan.FromHours(1);

    // Wakes the loop by the clock that says what is due.
    private readonly ITimer _wake = clock.CreateTimer(
        static changed => ((SemaphoreSlim)changed!).Release(), marks.Changed, Timeout.InfiniteTimeSpan,
        Timeout.InfiniteTimeSpan);

    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<Work> _flushed = new();
    private int _inFlight;
    private Task _loop = Task.CompletedTask;

    public void Start() => _loop = Task.Run(RunAsync);

    /// <summary>
    /// Sends everything that is marked now, whatever its debounce. Completes when all was tried once; null if the
    /// gateway stops before that.
    /// </summary>
    public async Task<SyncBarrier?> SendAllAsync(CancellationToken cancellationToken)
    {
        var barrier = new SyncBarrier();
        lock (tree.Gate)
        {
            if (_stop.IsCancellationRequested)
            {
                // Nobody tells barriers any more.
                return null;
            }

            marks.ExpediteLocked(barrier);
            barrier.Seal();
        }

        await barrier.Completion.WaitAsync(cancellationToken);
        return _stop.IsCancellationRequested ? null : barrier;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        await _wake.DisposeAsync();
        lock (tree.Gate)
        {
            marks.EndWaitsLocked("the gateway stops");
        }

        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await TurnAsync();
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
            }
#pragma warning disable CA1031 // The worker's edge: a failure here must not end synchronisation for good.
            catch (Exception e)
            {
                log.SyncFaulted(e);
                health.NoteFailure(e.Message);
            }
#pragma warning restore CA1031
        }
    }

    private async Task TurnAsync()
    {
        List<(Mark Mark, long Generation)> due;
        TimeSpan? wait;
        lock (tree.Gate)
        {
            due = marks.TakeDueLocked(MarksInFlightMax - Volatile.Read(ref _inFlight));
            wait = marks.UntilNextLocked();
        }

        Interlocked.Add(ref _inFlight, due.Count);
        var ready = new List<Work>();
        foreach (var file in FilesOf(due, ready))
        {
            _ = FlushAsync(file.Value, file.Key);
        }

        while (_flushed.TryDequeue(out var flushed))
        {
            ready.Add(flushed);
        }

        if (ready.Count > 0)
        {
            await CommitAsync(ready);
        }
        else if (due.Count == 0)
        {
            var isFull = Volatile.Read(ref _inFlight) >= MarksInFlightMax;
            var next = isFull || wait is null || wait > s_waitMax ? s_waitMax : wait.Value;
            if (next > TimeSpan.Zero)
            {
                _wake.Change(next, Timeout.InfiniteTimeSpan);
                await marks.Changed.WaitAsync(_stop.Token);
            }
        }
    }

    /// <summary>Marks by the file that must be sent first; marks without one are ready.</summary>
    private Dictionary<InodeId, List<Work>> FilesOf(List<(Mark Mark, long Generation)> due, List<Work> ready)
    {
        var files = new Dictionary<InodeId, List<Work>>();
        foreach (var (mark, generation) in due)
        {
            var work = new Work(mark, generation);
            if (DirtyContentOf(work, ready) is not { } inode)
            {
                continue;
            }

            if (!files.TryGetValue(inode, out var works))
            {
                files.Add(inode, works = []);
            }

            works.Add(work);
        }

        return files;
    }

    /// <summary>The file that must be sent before a mark can be committed; without one the mark is ready.</summary>
    private InodeId? DirtyContentOf(Work work, List<Work> ready)
    {
        try
        {
            var inode = FileOf(work.Mark);
            local.Note(inode);
            if (local.IsAllLocal(work.Mark))
            {
                Keep(work);
                return null;
            }

            if (inode is not null && !local.IsLocalName(work.Mark) && contents.Peek(inode.Id).IsDirty)
            {
                return IsDeferred(work, inode.Id) ? null : inode.Id;
            }

            ready.Add(work);
        }
#pragma warning disable CA1031 // The worker's edge: what cannot be read holds up itself alone.
        catch (Exception e)
        {
            log.SyncFaulted(e);
            Retry(work, e.Message);
        }
#pragma warning restore CA1031

        return null;
    }

    /// <summary>Nothing is sent: the mark says that a difference is meant, or goes.</summary>
    private void Keep(Work work)
    {
        var outcome = new SyncOutcome<Mark>();
        outcome.Held.UnionWith(local.MustHold(work.Mark) ? [work.Mark] : []);
        lock (tree.Gate)
        {
            EndLocked(work, outcome);
        }

        Interlocked.Decrement(ref _inFlight);
    }

    private bool IsDeferred(Work work, InodeId file)
    {
        lock (tree.Gate)
        {
            if (!marks.DeferLocked(work.Mark, file))
            {
                return false;
            }
        }

        Interlocked.Decrement(ref _inFlight);
        return true;
    }

    /// <summary>The regular file that a mark is about; null if it is about something else.</summary>
    private Inode? FileOf(Mark mark)
    {
        lock (tree.Gate)
        {
            var id = mark.Inode;
            if (mark.Name is { } name)
            {
                if (tree.Inodes.GetDirectoryLocked(mark.Inode, out var directory) != VfsError.None)
                {
                    return null;
                }

                id = directory.Entries!.FindExact(name);
            }

            return tree.Inodes.GetLocked(id) is { Type: InodeType.Regular } inode ? inode : null;
        }
    }

    private async Task FlushAsync(List<Work> works, InodeId inode)
    {
        string? failure;
        try
        {
            failure = await flusher.FlushAsync(inode);
        }
#pragma warning disable CA1031 // The worker's edge: the file stays dirty and is tried again.
        catch (Exception e)
        {
            log.SyncFaulted(e);
            failure = e.Message;
        }
#pragma warning restore CA1031

        foreach (var work in works)
        {
            if (failure is null)
            {
                _flushed.Enqueue(work);
            }
            else
            {
                Retry(work, failure);
            }
        }

        marks.Changed.Release();
    }

    private void Retry(Work work, string failure)
    {
        lock (tree.Gate)
        {
            marks.RetryLocked(work.Mark, failure);
        }

        Interlocked.Decrement(ref _inFlight);
        health.NoteFailure(failure);
    }

    private async Task CommitAsync(List<Work> ready)
    {
        SyncOutcome<Mark>? outcome = null;
        try
        {
            outcome = await reconciler.CommitAsync([.. ready.Select(w => w.Mark)], _stop.Token);
            outcome.Held.UnionWith(ready.Select(w => w.Mark).Where(local.MustHold));
        }
        finally
        {
            lock (tree.Gate)
            {
                foreach (var work in ready)
                {
                    EndLocked(work, outcome);
                }
            }

            Interlocked.Add(ref _inFlight, -ready.Count);
        }

        if (outcome.Failed.Count > 0)
        {
            health.NoteFailure(outcome.Failed.Values.First());
            log.TreeCommitFailed(outcome.Failed.Count, outcome.Failed.Values.First());
        }
    }

    private void EndLocked(Work work, SyncOutcome<Mark>? outcome)
    {
        if (outcome is null)
        {
            marks.RetryLocked(work.Mark, "it was interrupted");
        }
        else if (outcome.Failed.TryGetValue(work.Mark, out var reason))
        {
            marks.RetryLocked(work.Mark, reason);
        }
        else if (outcome.LooksAgain.TryGetValue(work.Mark, out var delay))
        {
            marks.LookAgainLocked(work.Mark, work.Generation, delay);
        }
        else if (outcome.Held.Contains(work.Mark))
        {
            marks.HoldLocked(work.Mark, work.Generation);
        }
        else
        {
            marks.DoneLocked(work.Mark, work.Generation);
        }
    }

    private readonly record struct Work(Mark Mark, long Generation);
}
