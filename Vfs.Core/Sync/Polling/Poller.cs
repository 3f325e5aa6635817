using Cas.Client;
using Microsoft.Extensions.Logging;
using Vfs.Core.Content;
using Vfs.Core.Namespace;

namespace Vfs.Core.Sync.Polling;

/// <summary>
/// The loop that finds out what others changed in the store: one small question an interval, and a pass through the tree
/// when the answer is another one than after the last pass that took everything.
/// <para>One pass lists the whole tree, and not the directories that clients have looked at: a store gives thousands of
/// entries a request whatever directories they are in, so a pass costs fewer requests than the directories of a busy
/// client, no directory is older than another, and what is missing is missing from one list.</para>
/// </summary>
internal sealed class Poller(
    Tree tree, IRemoteTree remote, Func<TreePass> newPass, StoreHealth health, TimeProvider clock, TimeSpan interval,
    ILogger log) : IAsyncDisposable
{
    /// <summary>The name of the setting that keeps the revision of the last pass.</summary>
    public const string RevisionKey = "revision";

    /// <summary>After failures the interval doubles so often at most: half a minute becomes half an hour.</summary>
    private const int DoublingsMax = 6;

    /// <summary>A pass may take a part of the time only: a tree that takes long to list is listed less often.</summary>
    private const int PauseShare = 4;

    private static readonly TimeSpan s_questionMax = TimeSpan.FromSeconds(30);

#pragma warning disable CA2213 // Who comes late must find a cancelled token, not a disposed one; neither holds a handle.
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _polling = new(1);
#pragma warning restore CA2213
    private volatile string? _revision;   // Written under _polling.
    private Task _loop = Task.CompletedTask;

    /// <summary>Whether others may change the store, and are looked after.</summary>
    public bool IsOn => interval > TimeSpan.Zero && !remote.IsPinned;

    /// <summary>Whether everything of a revision is here.</summary>
    public bool HasSeen(string revision) => _revision == revision;

    /// <param name="revision">The revision of which everything is here; null if none is known.</param>
    public void Start(string? revision)
    {
        _revision = revision;
        if (IsOn)
        {
            _loop = Task.Run(RunAsync);
        }
    }

    /// <summary>Asks once, and takes over what there is. False if the store failed.</summary>
    public async Task<bool> PollAsync(CancellationToken cancellationToken)
    {
        await _polling.WaitAsync(cancellationToken);
        try
        {
            return await AskAsync(cancellationToken);
        }
        finally
        {
            _polling.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
    }

    private async Task RunAsync()
    {
        var failures = 0;
        try
        {
            while (true)
            {
                var started = clock.GetTimestamp();
                failures = await TryAsync() ? 0 : Math.Min(failures + 1, DoublingsMax);
                var pause = clock.GetElapsedTime(started) * PauseShare;
                var wait = interval * (1 << failures);
                await Task.Delay(pause > wait ? pause : wait, clock, _stop.Token);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
        }
    }

    private async Task<bool> TryAsync()
    {
        try
        {
            return await PollAsync(_stop.Token);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            throw;
        }
#pragma warning disable CA1031 // The loop's edge: a failure here must not end polling for good.
        catch (Exception e)
        {
            log.PollFaulted(e);
            return false;
        }
#pragma warning restore CA1031
    }

    private async Task<bool> AskAsync(CancellationToken cancellationToken)
    {
        var answer = await StoreQuestion.AskAsync(
            remote.FindRevisionAsync, s_questionMax, clock, cancellationToken);
        health.Note(StoreHalf.Tree, answer.Error, answer.Detail);
        if (answer.Error.IsTransient())
        {
            log.PollFailed(answer.Detail ?? answer.Error.ToString());
            return false;
        }

        // A store that answers, and does not tell its revision, is listed each time.
        if (answer.IsOk && answer.Value == _revision)
        {
            return true;
        }

        try
        {
            var pass = newPass();
            await pass.RunAsync(cancellationToken);
            Remember(answer.IsOk && !pass.HasLeft ? answer.Value : null);
            return true;
        }
        catch (PollException e)
        {
            health.Note(StoreHalf.Tree, e.Error, e.Message);
            log.PollFailed(e.Message);
            return false;
        }
    }

    /// <summary>A revision of which everything is here; after a restart it need not be listed again.</summary>
    private void Remember(string? revision)
    {
        _revision = revision;
        if (revision is not null)
        {
            lock (tree.Gate)
            {
                tree.Commit.OpenLocked().Settings[RevisionKey] = revision;
            }
        }
    }
}
