using Cas.Client;
using Microsoft.Extensions.Logging;
using Vfs.Core.Content;

namespace Vfs.Core.Sync;

/// <summary>
/// Moves the dirty bytes of one file into the store. Writers go on meanwhile; what they change is the next flush's.
/// At most a few files at a time, and one flush a file.
/// </summary>
internal sealed class Flusher(
    ContentTable contents, ContentRounds rounds, IContentStore store, StoreHealth health, ILogger log)
{
    private const int FlushesMax = 4;

    private readonly SemaphoreSlim _slots = new(FlushesMax);
    private readonly Lock _gate = new();
    private readonly Dictionary<InodeId, Task<string?>> _running = [];

    /// <summary>Sends what is dirty now; null on success, else why not. Joins a flush that runs.</summary>
    public Task<string?> FlushAsync(InodeId id)
    {
        lock (_gate)
        {
            if (!_running.TryGetValue(id, out var flush))
            {
                flush = Task.Run(() => FlushOnceAsync(id));
                _running.Add(id, flush);
            }

            return flush;
        }
    }

    private async Task<string?> FlushOnceAsync(InodeId id)
    {
        await _slots.WaitAsync();
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
            lock (_gate)
            {
                _running.Remove(id);
            }
        }
    }

    private async Task<string?> SendAsync(FileContent content)
    {
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

        var stored = await StoreAsync(snapshot, plan);
        health.Note(stored.Error, stored.Detail);
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

        if (!stored.IsOk)
        {
            var reason = stored.Detail ?? stored.Error.ToString();
            log.FlushFailed(content.Inode.Id, reason);
            return reason;
        }

        health.Stored(plan.Kind == FlushKind.Whole ? snapshot.Length : snapshot.Frozen.TotalBytes);
        log.Flushed(content.Inode.Id, snapshot.Length, plan.Kind.ToString());
        return await rounds.SettleAsync(content) == VfsError.None ? null : "the local disk cannot record it";
    }

    private async Task<CasResult<ContentId>> StoreAsync(FlushSnapshot snapshot, FlushPlan plan)
    {
        try
        {
            return plan.Kind switch
            {
                FlushKind.Nothing => snapshot.Base,
                FlushKind.Whole => await store.PutAsync(snapshot, CancellationToken.None),
                FlushKind.Compose =>
                    await store.ComposeAsync(snapshot.Base, plan.Edits, snapshot, CancellationToken.None),
            };
        }
        catch (IOException e)
        {
            // The local disk, not the store: the bytes stay dirty, and other files go on.
            return CasResult.Fail<ContentId>(CasError.Invalid, e.Message);
        }
    }
}
