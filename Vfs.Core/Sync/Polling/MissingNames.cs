using Cas.Client;
using Microsoft.Extensions.Logging;
using Vfs.Core.Content;
using Vfs.Core.Namespace;
using Vfs.Core.Sync.Merge;

namespace Vfs.Core.Sync.Polling;

/// <summary>
/// Asks the store about names that are not here, so that what another writer made since the last pass is found when it is
/// wanted. Who creates files asks for thousands of names that nobody has: all share one question a moment, whether the
/// store's tree changed at all, and only if it did a name is looked up, a few in vain a moment. A store that does not answer
/// soon is not asked for a while: names that are here, and new ones, do not wait for it.
/// <para>Lock: its own, a leaf; it guards the question and the counts.</para>
/// </summary>
internal sealed class MissingNames(
    Tree tree, IRemoteTree remote, Poller poller, TreeMerge merge, CommittedPaths committed, StoreHealth health,
    TimeProvider clock, ILogger log) : IAsyncDisposable
{
    private const int InVainMax = 2;

    /// <summary>Whoever creates files spends a part of the time only on waiting for a slow store.</summary>
    private const int PauseShare = 10;

    private static readonly TimeSpan s_moment = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_waitMax = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_pauseAfterFailure = TimeSpan.FromSeconds(30);

#pragma warning disable CA2213 // Who comes late must find a cancelled token, not a disposed one; it holds no handle.
    private readonly CancellationTokenSource _stop = new();
#pragma warning restore CA2213
    private readonly Lock _gate = new();
    private Task<bool> _hasChanged = Task.FromResult(false);
    private long _asked;
    private TimeSpan _pause;
    private int _inVain;

    /// <summary>Asks about a name that a directory does not have; true if it has it now.</summary>
    public async ValueTask<bool> FindAsync(InodeId directory, FileName name)
    {
        if (!poller.IsOn || !health.State.IsReachable || !await HasChangedAsync())
        {
            return false;
        }

        // Where the store has the directory is read from the database, and not for nothing.
        if (!HasTurn(isTaken: false) || PathOf(directory, name) is not { } path || !HasTurn(isTaken: true))
        {
            return false;
        }

        var isFound = await TakeAsync(path);
        if (isFound)
        {
            lock (_gate)
            {
                _inVain--;
            }
        }

        return isFound;
    }

    /// <summary>No question goes on.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        Task<bool> asking;
        lock (_gate)
        {
            asking = _hasChanged;
        }

        await asking;
    }

    private Task<bool> HasChangedAsync()
    {
        lock (_gate)
        {
            var isOver = clock.GetElapsedTime(_asked) >= _pause;
            if (isOver && _hasChanged.IsCompleted && !_stop.IsCancellationRequested)
            {
                (_asked, _pause, _inVain) = (clock.GetTimestamp(), s_moment, 0);
                _hasChanged = Task.Run(AskAsync);
            }

            return _hasChanged;
        }
    }

    private async Task<bool> AskAsync()
    {
        var asked = clock.GetTimestamp();
        var answer = await LimitAsync(remote.FindRevisionAsync);
        var pause = clock.GetElapsedTime(asked) * PauseShare;
        lock (_gate)
        {
            _pause = pause > _pause ? pause : _pause;
        }

        return answer.IsOk && !poller.HasSeen(answer.Value);
    }

    private bool HasTurn(bool isTaken)
    {
        lock (_gate)
        {
            var has = _inVain < InVainMax;
            _inVain += has && isTaken ? 1 : 0;
            return has;
        }
    }

    /// <summary>
    /// Where the store may have the name; null if it does not have the directory, or what it has is not wanted here.
    /// </summary>
    private byte[]? PathOf(InodeId directory, FileName name)
    {
        byte[] parent;
        byte[] path;
        lock (tree.Gate)
        {
            if ((!tree.LocalNames.IsAll && tree.LocalNames.Keeps(name.Bytes))
                || tree.PathOfLocked(directory) is not { } found)
            {
                return null;
            }

            (parent, path) = (found, Paths.Append(found, name.Bytes));
            if (Located.FindLocked(tree, path, _ => false) is not { IsMarked: false, Inode: null })
            {
                return null;
            }
        }

        return parent.Length > 0 && merge.KnownAt(parent) is null ? null : path;
    }

    private async Task<bool> TakeAsync(byte[] path)
    {
        lock (tree.Gate)
        {
            committed.BeginLocked();
        }

        try
        {
            // The file of a name that shares it with others is known to a pass alone.
            var answer = await LimitAsync(token => remote.LookupAsync(path, token));
            return answer is { IsOk: true, Value: { } item } && !LinkGroups.IsLinked(item.Entry)
                && await merge.TakeAsync(item, new LinkGroups(), isForced: false) == Taken.Done
                && await merge.SettleAsync() == VfsError.None;
        }
        finally
        {
            lock (tree.Gate)
            {
                committed.EndLocked();
            }
        }
    }

    private async Task<CasResult<T>> LimitAsync<T>(Func<CancellationToken, ValueTask<CasResult<T>>> ask)
    {
        CasResult<T> answer;
        try
        {
            answer = await StoreQuestion.AskAsync(ask, s_waitMax, clock, _stop.Token);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            answer = CasResult.Fail<T>(CasError.Unreachable, "the gateway stops");
        }
#pragma warning disable CA1031 // Whoever looks for a name is not told what went wrong with the question.
        catch (Exception e)
        {
            log.PollFaulted(e);
            answer = CasResult.Fail<T>(CasError.Unreachable, e.Message);
        }
#pragma warning restore CA1031

        if (answer.Error.IsTransient())
        {
            lock (_gate)
            {
                (_asked, _pause) = (clock.GetTimestamp(), s_pauseAfterFailure);
            }
        }

        return answer;
    }
}
