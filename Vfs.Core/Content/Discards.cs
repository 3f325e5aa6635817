using Microsoft.Extensions.Logging;
using Vfs.Core.Namespace;

namespace Vfs.Core.Content;

/// <summary>Drops the bytes of files that lost their last name, once that is durable.</summary>
internal sealed class Discards(Tree tree, ContentTable contents, TimeProvider clock, ILogger log) : IAsyncDisposable
{
    private static readonly TimeSpan s_lookAgain = TimeSpan.FromSeconds(1);

#pragma warning disable CA2213 // Who comes late must find a cancelled token, not a disposed one; it holds no handle.
    private readonly CancellationTokenSource _stop = new();
#pragma warning restore CA2213
    private readonly List<Task> _waiting = [];     // Its own lock.

    /// <summary>A removal ended so; what is gone, if it is a file.</summary>
    public void Add(VfsError outcome, Inode? gone)
    {
        if (gone is not { Type: InodeType.Regular })
        {
            return;
        }

        if (outcome == VfsError.None)
        {
            Remove(gone);
            return;
        }

        // A crash may undo the removal, and then its bytes must be here.
        lock (_waiting)
        {
            _waiting.RemoveAll(discard => discard.IsCompleted);
            _waiting.Add(Task.Run(() => RemoveWhenDurableAsync(gone)));
        }
    }

    /// <summary>What waits is not dropped; the next start finds it to be nobody's.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        Task[] waiting;
        lock (_waiting)
        {
            waiting = [.. _waiting];
        }

        await Task.WhenAll(waiting);
    }

    private async Task RemoveWhenDurableAsync(Inode gone)
    {
        try
        {
            while (tree.Commit.DurableNumber < gone.BatchNumber)
            {
                await Task.Delay(s_lookAgain, clock, _stop.Token);
            }

            Remove(gone);
        }
        catch (OperationCanceledException)
        {
        }
    }

    private void Remove(Inode gone)
    {
        try
        {
            contents.Remove(gone);
        }
        catch (IOException e)
        {
            // The name is gone all the same; the next start removes the file.
            log.StagingFailed(e, gone.Id);
        }
    }
}
