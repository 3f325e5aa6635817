using System.Buffers;
using Cas.Client;
using Microsoft.Extensions.Logging;
using Vfs.Core.Ranges;

namespace Vfs.Core.Content;

/// <summary>
/// Fetches holes of files from the store into their staging files, in aligned blocks; who wants a block that is being
/// fetched waits for the same fetch. Fetches go on when the one who asked stops waiting.
/// </summary>
internal sealed class Hydrator(IContentStore store, StoreHealth health, ILogger log) : IAsyncDisposable
{
    private const ulong BlockBytes = 1 << 20;
    private const int FetchesMax = 64;

#pragma warning disable CA2213 // Who comes late must find a cancelled token, not a disposed one; neither holds a handle.
    private readonly SemaphoreSlim _slots = new(FetchesMax);
    private readonly CancellationTokenSource _stop = new();
#pragma warning restore CA2213

    /// <summary>Ends the fetches that run: none may touch a staging file when another process may own it.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        for (var i = 0; i < FetchesMax; i++)
        {
            await _slots.WaitAsync();
        }
    }

    /// <summary>Makes a window of a file covered, as far as it lies inside the file.</summary>
    public async Task<VfsError> FetchAsync(FileContent content, ByteRange window)
    {
        var fetches = new List<Task<VfsError>>();
        lock (content.Gate)
        {
            foreach (var hole in content.HolesLocked(window))
            {
                for (var block = hole.Start & ~(BlockBytes - 1); block < hole.End; block += BlockBytes)
                {
                    fetches.Add(JoinLocked(content, block));
                }
            }
        }

        var worst = VfsError.None;
        foreach (var outcome in await Task.WhenAll(fetches))
        {
            worst = outcome == VfsError.None ? worst : outcome;
        }

        return worst;
    }

    private Task<VfsError> JoinLocked(FileContent content, ulong block)
    {
        if (!content.Fetches.TryGetValue(block, out var running))
        {
            running = Task.Run(() => FetchBlockAsync(content, block));
            content.Fetches.Add(block, running);
        }

        return running;
    }

    private async Task<VfsError> FetchBlockAsync(FileContent content, ulong block)
    {
        try
        {
            await _slots.WaitAsync(_stop.Token);
        }
        catch (OperationCanceledException)
        {
            Forget(content, block);
            return VfsError.Again;
        }

        try
        {
            ContentId basis;
            List<ByteRange> holes;
            lock (content.Gate)
            {
                basis = content.Base;
                var end = Math.Min(block + BlockBytes, basis.Size);
                holes = content.HolesLocked(new ByteRange(block, Math.Max(block, end)));
            }

            foreach (var hole in holes)
            {
                if (await FetchHoleAsync(content, basis, hole) is var error and not VfsError.None)
                {
                    return error;
                }
            }

            return VfsError.None;
        }
        catch (OperationCanceledException)
        {
            return VfsError.Again;
        }
        finally
        {
            Forget(content, block);
            _slots.Release();
        }
    }

    private static void Forget(FileContent content, ulong block)
    {
        lock (content.Gate)
        {
            content.Fetches.Remove(block);
        }
    }

    private async Task<VfsError> FetchHoleAsync(FileContent content, ContentId basis, ByteRange hole)
    {
        var buffer = ArrayPool<byte>.Shared.Rent((int)hole.Length);
        try
        {
            var bytes = buffer.AsMemory(0, (int)hole.Length);
            var read = await store.ReadAsync(basis, hole.Start, bytes, _stop.Token);
            health.Note(read.Error, read.Detail);
            if (!read.IsOk)
            {
                log.FetchFailed(hole.Start, hole.End, basis.Hash.ToString(), read.Detail ?? read.Error.ToString());
                return CasErrorMap.ToVfs(read.Error);
            }

            health.Fetched(hole.Length);
            lock (content.Gate)
            {
                content.FillLocked(basis, hole.Start, bytes.Span);
            }

            return VfsError.None;
        }
        catch (IOException e)
        {
            log.StagingFailed(e, content.Inode.Id);
            return IoErrorMap.ToVfs(e);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
