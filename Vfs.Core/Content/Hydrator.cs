using System.Buffers;
using Cas.Client;
using Microsoft.Extensions.Logging;
using Vfs.Core.Ranges;

namespace Vfs.Core.Content;

/// <summary>
/// Fetches holes of files from the store into their staging files: what a reader waits for, and what sequential readers
/// will want next. Who wants bytes that are being fetched waits for the same fetch. Fetches go on when the one who asked
/// stops waiting. What is fetched ahead has no queue: it starts at once or not at all, and the next read asks again. Where
/// the store has no such content, <c>findChanges</c> asks whether others changed the file, and says false if nobody can
/// tell; it is null if nobody else changes anything.
/// </summary>
internal sealed class Hydrator(
    IContentStore store, StoreHealth health, SpaceGuard space, ulong cacheBytesMax,
    Func<CancellationToken, Task<bool>>? findChanges, ILogger log) : IAsyncDisposable
{
    /// <summary>Bytes in flight, of all files; a quarter is kept for what somebody waits for.</summary>
    private const long BytesMax = 256 << 20;
    private const long AheadBytesMax = BytesMax * 3 / 4;

    /// <summary>One reader's read-ahead must not drive another's out of the cache.</summary>
    private const ulong CacheShareOfAReader = 16;

    /// <summary>Fetched bytes are stored in pieces, so that others come between at the file's lock.</summary>
    private const int FillBytes = 256 << 10;

    private readonly FetchBudget _budget = new(BytesMax, AheadBytesMax);

#pragma warning disable CA2213 // Who comes late must find a cancelled token, not a disposed one; it holds no handle.
    private readonly CancellationTokenSource _stop = new();
#pragma warning restore CA2213

    /// <summary>No fetch ends well any more.</summary>
    public bool IsStopping => _stop.IsCancellationRequested;

    /// <summary>Ends the fetches that run: none may touch a staging file when another process may own it.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _budget.TakeAsync(BytesMax);
    }

    /// <summary>
    /// Asks once for the holes of a window, as far as it lies inside the file. The fetches have begun when this
    /// returns; they go on when nobody waits for their outcome. Again if the store failed in passing.
    /// </summary>
    public async Task<VfsError> FetchAsync(FileContent content, ByteRange window)
    {
        var outcomes = new List<Task<VfsError>>();
        lock (content.Gate)
        {
            var holes = content.HolesLocked(window);
            if (holes.Count == 0)
            {
                return VfsError.None;
            }

            var wanted = FetchPlan.Widen(new ByteRange(holes[0].Start, holes[^1].End));
            var running = RunningLocked(content);
            outcomes.AddRange(running
                .Where(fetch => holes.Exists(hole => !hole.Intersect(fetch.Range).IsEmpty))
                .Select(fetch => fetch.Outcome));
            outcomes.AddRange(FetchPlan.Requests(content.HolesLocked(wanted), running)
                .Select(request => StartLocked(content, request, isTaken: false)));
        }

        var worst = VfsError.None;
        foreach (var outcome in await Task.WhenAll(outcomes))
        {
            worst = outcome == VfsError.None ? worst : outcome;
        }

        return worst;
    }

    /// <summary>Notes that a range is being read, and starts to fetch what its reader will want next.</summary>
    public void ReadAhead(FileContent content, ByteRange read)
    {
        lock (content.Gate)
        {
            content.Uses.Note(read, content.LastUsed);
            var ahead = content.Streams.Note(read, cacheBytesMax / CacheShareOfAReader, content.LastUsed);
            var window = ahead.Intersect(new ByteRange(0, content.Size));
            if (content.Coverage.Contains(window) || content.IsGone || !health.State.IsReachable)
            {
                return;
            }

            var holes = content.HolesLocked(window);
            foreach (var request in FetchPlan.Requests(
                holes, RunningLocked(content), FetchPlan.AheadBytes(ahead.Length)))
            {
                var bytes = (long)request.Length;
                if (!_budget.TryTakeAhead(bytes))
                {
                    return;
                }

                if (!space.TryTake(request.Length))
                {
                    // Whoever writes needs the space more.
                    _budget.Give(bytes);
                    return;
                }

                _ = StartLocked(content, request, isTaken: true);
            }
        }
    }

    /// <summary>Fetches whose bytes will be of use: those of an earlier base are dropped when they come.</summary>
    private static List<Fetch> RunningLocked(FileContent content) =>
        content.Fetches.FindAll(fetch => fetch.Basis == content.Base);

    private Task<VfsError> StartLocked(FileContent content, ByteRange range, bool isTaken)
    {
        var basis = content.Base;
        var outcome = Task.Run(() => RunAsync(content, basis, range, isTaken));
        content.Fetches.Add(new Fetch(basis, range, outcome));
        return outcome;
    }

    private async Task<VfsError> RunAsync(FileContent content, ContentId basis, ByteRange range, bool isTaken)
    {
        if (!isTaken)
        {
            await _budget.TakeAsync((long)range.Length);
        }

        try
        {
            return await TransferAsync(content, basis, range);
        }
        catch (OperationCanceledException)
        {
            return VfsError.Again;
        }
        catch (IOException e)
        {
            // RFC 1813 knows no full disk for those who read, and the cache makes room.
            log.StagingFailed(e, content.Inode.Id);
            return IoErrorMap.ToVfs(e) is var error and not VfsError.NoSpc ? error : VfsError.Again;
        }
        finally
        {
            lock (content.Gate)
            {
                content.Fetches.RemoveAll(fetch => fetch.Basis == basis && fetch.Range == range);
            }

            _budget.Give((long)range.Length);
        }
    }

    private async Task<VfsError> TransferAsync(FileContent content, ContentId basis, ByteRange range)
    {
        var buffer = ArrayPool<byte>.Shared.Rent((int)range.Length);
        try
        {
            var bytes = buffer.AsMemory(0, (int)range.Length);
            var read = await store.ReadAsync(basis, range.Start, bytes, _stop.Token);
            health.Note(StoreHalf.Content, read.Error, read.Detail);
            if (!read.IsOk || read.Value != bytes.Length)
            {
                var reason = read.IsOk ? $"{read.Value} bytes came" : read.Detail ?? read.Error.ToString();
                log.FetchFailed(range.Start, range.End, basis.Hash.ToString(), reason);
                lock (content.Gate)
                {
                    content.Drought.Failed(reason);
                }

                return read.IsOk ? VfsError.Io
                    : read.Error == CasError.NotFound && await HasMovedAsync(content, basis) ? VfsError.Again
                    : CasErrorMap.ToVfs(read.Error);
            }

            health.Fetched(range.Length);
            Fill(content, basis, range.Start, bytes.Span);
            return VfsError.None;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>
    /// Whether content that is not there may be that of a version which another writer replaced: the file has another base
    /// then, or will have one when the store can be asked.
    /// </summary>
    private async Task<bool> HasMovedAsync(FileContent content, ContentId basis)
    {
        if (findChanges is null)
        {
            return false;
        }

        var isAsked = await findChanges(_stop.Token);
        lock (content.Gate)
        {
            return !isAsked || content.Base != basis;
        }
    }

    private static void Fill(FileContent content, ContentId basis, ulong offset, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var count = Math.Min(FillBytes, bytes.Length);
            lock (content.Gate)
            {
                content.FillLocked(basis, offset, bytes[..count]);
                content.Drought.End();
            }

            bytes = bytes[count..];
            offset += (ulong)count;
        }
    }
}
