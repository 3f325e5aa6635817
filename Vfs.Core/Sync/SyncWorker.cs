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
    Tree tree, SyncMarks marks, ContentTable contents, Flusher flusher, Reconciler reconciler, StoreHealth health,
    ILogger log) : IAsyncDisposable
{
    private const int MarksInFlightMax = 4096;

    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<Work> _flushed = new();
    private int _inFlight;
    private Task _loop = Task.CompletedTask;

    public void Start() => _loop = Task.Run(RunAsync);

    /// <summary>Sends everything that is marked now, whatever its debounce. Completes when all was tried once.</summary>
    public async Task<SyncBarrier> SendAllAsync(CancellationToken cancellationToken)
    {
        var barrier = new SyncBarrier();
        lock (tree.Gate)
        {
            marks.ExpediteLocked(barrier);
            barrier.Seal();
        }

        await barrier.Completion.WaitAsync(cancellationToken);
        return barrier;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
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
        foreach (var (mark, generation) in due)
        {
            var work = new Work(mark, generation);
            if (ContentOf(mark) is { } inode && contents.Peek(inode).IsDirty)
            {
                _ = FlushAsync(work, inode);
            }
            else
            {
                ready.Add(work);
            }
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
            await marks.Changed.WaitAsync(isFull || wait is null ? Timeout.InfiniteTimeSpan : wait.Value, _stop.Token);
        }
    }

    /// <summary>The regular file that a mark is about; null if it is about something else.</summary>
    private InodeId? ContentOf(Mark mark)
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

                id = directory.Entries!.Find(name);
            }

            return tree.Inodes.GetLocked(id) is { Type: InodeType.Regular } ? id : null;
        }
    }

    private async Task FlushAsync(Work work, InodeId inode)
    {
        try
        {
            var failure = await flusher.FlushAsync(inode);
            if (failure is null)
            {
                _flushed.Enqueue(work);
            }
            else
            {
                Retry(work, failure);
            }
        }
#pragma warning disable CA1031 // The worker's edge: the file stays dirty and is tried again.
        catch (Exception e)
        {
            log.SyncFaulted(e);
            Retry(work, e.Message);
        }
#pragma warning restore CA1031

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
        string? failure = "it was interrupted";
        try
        {
            failure = await reconciler.CommitAsync(ready.Select(w => w.Mark));
        }
        finally
        {
            lock (tree.Gate)
            {
                foreach (var work in ready)
                {
                    if (failure is null)
                    {
                        marks.DoneLocked(work.Mark, work.Generation);
                    }
                    else
                    {
                        marks.RetryLocked(work.Mark, failure);
                    }
                }
            }

            Interlocked.Add(ref _inFlight, -ready.Count);
            if (failure is not null)
            {
                health.NoteFailure(failure);
                log.TreeCommitFailed(ready.Count, failure);
            }
        }
    }

    private readonly record struct Work(Mark Mark, long Generation);
}
