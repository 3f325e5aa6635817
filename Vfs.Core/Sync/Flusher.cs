using Cas.Client;
using Microsoft.Extensions.Logging;
using Vfs.Core.Content;
using Vfs.Core.Content.Snapshots;

namespace Vfs.Core.Sync;

/// <summary>
/// Moves the dirty bytes of one file into the store. Writers go on meanwhile; what they change is the next flush's.
/// At most some files at a time, and one flush a file.
/// </summary>
internal sealed class Flusher(
    ContentTable contents, ContentRounds rounds, IContentStore store, StoreHealth health, ILogger log) : IAsyncDisposable
{
    // Small files sent together share the store's syncs; the store bounds the memory of large ones.
    private const int FlushesMax = 16;
    private const string CannotRecord = "the local disk cannot record it";
    private const string Stopping = "the gateway stops";

#pragma warning disable CA2213 // Who comes late must find a cancelled token, not a disposed one; neither holds a handle.
    private readonly SemaphoreSlim _slots = new(FlushesMax);
    private readonly CancellationTokenSource _stop = new();
#pragma warning restore CA2213
    private readonly Lock _gate = new();
    private readonly Dictionary<InodeId, Flight> _flights = [];

    /// <summary>
    /// Sends what is dirty now; null on success, else why not. Files are begun in the order of the calls. A flush that
    /// runs may have taken its snapshot before the caller's change: who comes meanwhile shares the one after it.
    /// </summary>
    public Task<string?> FlushAsync(InodeId id)
    {
        lock (_gate)
        {
            if (!_flights.TryGetValue(id, out var flight))
            {
                flight = new Flight();
                _flights.Add(id, flight);
                var turn = _slots.WaitAsync(_stop.Token);
                return flight.First = Task.Run(() => RunAsync(id, turn));
            }

            return flight.Second ??= RunAsync(id, TurnAfterAsync(flight.First));
        }
    }

    /// <summary>Ends the transfers that run; what they took is dirty again.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        for (var i = 0; i < FlushesMax; i++)
        {
            await _slots.WaitAsync();
        }
    }

    private async Task TurnAfterAsync(Task first)
    {
        await first.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
        await _slots.WaitAsync(_stop.Token);
    }

    private async Task<string?> RunAsync(InodeId id, Task turn)
    {
        try
        {
            return await FlushOnceAsync(id, turn);
        }
        finally
        {
            lock (_gate)
            {
                var flight = _flights[id];
                if (flight.Second is { } second)
                {
                    (flight.First, flight.Second) = (second, null);
                }
                else
                {
                    _flights.Remove(id);
                }
            }
        }
    }

    private async Task<string?> FlushOnceAsync(InodeId id, Task turn)
    {
        try
        {
            await turn;
        }
        catch (OperationCanceledException)
        {
            return Stopping;
        }

        try
        {
            if (contents.Use(id) is not { } use)
            {
                return null;
            }

            using (use)
            {
                return await SendAsync(use.Content);
            }
        }
        finally
        {
            _slots.Release();
        }
    }

    private async Task<string?> SendAsync(FileContent content)
    {
        if (await WriteOutAsync(content) != VfsError.None)
        {
            return CannotRecord;
        }

        FlushSnapshot snapshot;
        FlushPlan plan;
        DateTimeOffset? since;
        lock (content.Gate)
        {
            if (content.IsGone || content.IsCleanLocked)
            {
                return null;
            }

            since = content.DirtySince;
            snapshot = content.FreezeLocked(store);
            plan = FlushPlanner.Plan(snapshot.Base, snapshot.Length, snapshot.Frozen);
        }

        // Whatever happens in between, what the snapshot took must not stay taken: it would never be sent.
        var stored = CasResult.Fail<ContentId>(CasError.Invalid, "the store failed unexpectedly");
        try
        {
            stored = CheckSize(await StoreAsync(snapshot, plan), snapshot.Length);
        }
        finally
        {
            health.Note(StoreHalf.Content, stored.Error, stored.Detail);
            lock (content.Gate)
            {
                if (stored.IsOk)
                {
                    content.FlushedLocked(snapshot, stored.Value);
                }
                else
                {
                    content.UnfreezeLocked(snapshot, since);
                }

                snapshot.Dispose();
            }
        }

        if (!stored.IsOk)
        {
            var reason = stored.Detail ?? stored.Error.ToString();
            log.FlushFailed(content.Inode.Id, reason);
            return reason;
        }

        health.Stored(plan.Kind == FlushKind.Whole ? snapshot.Length : snapshot.Frozen.TotalBytes);
        log.Flushed(content.Inode.Id, snapshot.Length, plan.Kind.ToString());
        return await SettleAsync(content) == VfsError.None ? null : CannotRecord;
    }

    private Task<VfsError> SettleAsync(FileContent content)
    {
        lock (content.Gate)
        {
            return rounds.SettleLocked(content);
        }
    }

    /// <summary>What is about to be cloned is on the disk before the lock is taken for it.</summary>
    private async Task<VfsError> WriteOutAsync(FileContent content)
    {
        Task<VfsError> written;
        lock (content.Gate)
        {
            if (!content.WantsCloneLocked)
            {
                return VfsError.None;
            }

            written = rounds.SettleLocked(content);
        }

        return await written;
    }

    /// <summary>What was sent counts, not what the store says of it: a base of another size makes other bytes.</summary>
    private static CasResult<ContentId> CheckSize(CasResult<ContentId> stored, ulong size) =>
        stored.IsOk && stored.Value.Size != size
            ? CasResult.Fail<ContentId>(
                CasError.Corrupt, $"the store took {size} bytes and says that they are {stored.Value.Size}")
            : stored;

    private async Task<CasResult<ContentId>> StoreAsync(FlushSnapshot snapshot, FlushPlan plan)
    {
        try
        {
            return plan.Kind switch
            {
                FlushKind.Nothing => snapshot.Base,
                FlushKind.Whole => await store.PutAsync(snapshot, _stop.Token),
                FlushKind.Compose =>
                    await store.ComposeAsync(snapshot.Base, plan.Edits, snapshot, _stop.Token),
            };
        }
        catch (IOException e)
        {
            // The local disk, not the store: the bytes stay dirty, and other files go on.
            return CasResult.Fail<ContentId>(CasError.Invalid, e.Message);
        }
        catch (OperationCanceledException)
        {
            return CasResult.Fail<ContentId>(CasError.Invalid, Stopping);
        }
    }

    /// <summary>The flush of a file that runs, and the one that waits for it.</summary>
    private sealed class Flight
    {
        public Task<string?> First { get; set; } = null!;

        public Task<string?>? Second { get; set; }
    }
}
