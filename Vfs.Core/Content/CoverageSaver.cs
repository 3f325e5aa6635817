using Microsoft.Extensions.Logging;

namespace Vfs.Core.Content;

/// <summary>
/// Tells the database now and then what reading has fetched, so that a warm cache is warm again after a crash. Nobody
/// waits for that: what is fetched once more costs time, and syncing each fetch would cost more.
/// </summary>
internal sealed class CoverageSaver(ContentTable contents, ContentRounds rounds, TimeProvider clock, ILogger log)
    : IAsyncDisposable
{
    private static readonly TimeSpan s_every = TimeSpan.FromSeconds(30);

    private readonly CancellationTokenSource _stop = new();
    private Task _loop = Task.CompletedTask;

    public void Start() => _loop = Task.Run(RunAsync);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        using var timer = new PeriodicTimer(s_every, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                await SaveAsync();
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    /// <summary>One file after the other: the disk is the readers' first of all.</summary>
    private async Task SaveAsync()
    {
        foreach (var content in contents.Snapshot())
        {
            _stop.Token.ThrowIfCancellationRequested();
            Task<VfsError> saved;
            lock (content.Gate)
            {
                // While there are dirty bytes, a crash makes holes of the clean ones whatever the database says.
                if (!content.Durable.HasUnsavedCoverage || !content.IsCleanLocked || content.IsGone)
                {
                    continue;
                }

                saved = rounds.SaveCoverageLocked(content);
            }

            if (await saved != VfsError.None)
            {
                log.CoverageNotSaved(content.Inode.Id);
                return;
            }
        }
    }
}
