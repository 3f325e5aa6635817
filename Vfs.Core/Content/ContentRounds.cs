using Microsoft.Extensions.Logging;
using Vfs.Core.Metadata;
using Vfs.Core.Namespace;
using Vfs.Core.Ranges;

namespace Vfs.Core.Content;

/// <summary>
/// Makes content durable, a file at a time in rounds: take what is to be said of the file under its lock, sync the
/// staging file, then say it in a batch of the database. Callers that arrive while a round runs share the next one, so
/// that many stable writes cost one sync. Everything that the database says of a content goes through here, in order.
/// </summary>
internal sealed class ContentRounds(Tree tree, WriteVerifier verifier, ILogger log)
{
    // A log this long, and longer than the row that it would become, is folded into the row.
    private const long LogLengthMax = 4096;

    /// <summary>
    /// Waits until all that was done to the content so far is durable, for a call that then only replies.
    /// </summary>
    public Task<VfsError> ForReply(FileContent content)
    {
        lock (content.Gate)
        {
            return ForReplyLocked(content);
        }
    }

    /// <summary>The same for work that goes on afterwards.</summary>
    public Task<VfsError> SettleLocked(FileContent content) =>
        RoundLocked(content)?.WaitAsync() ?? tree.Commit.WhenDurableAsync();

    /// <summary>As <see cref="SettleLocked"/>, with the clean coverage that is worth a row at a quiet moment.</summary>
    public Task<VfsError> SaveCoverageLocked(FileContent content)
    {
        content.Durable.NeedsRow |= content.Durable.HasUnsavedCoverage && !content.IsGone;
        return SettleLocked(content);
    }

    /// <summary>
    /// What must be waited for before staging bytes may change; null if nothing. Asked again after waiting.
    /// </summary>
    public Task<VfsError>? BeforeWriteLocked(FileContent content, ulong end)
    {
        var state = content.Durable;
        if (state.IsTrusted)
        {
            state.WantsWithdrawal = true;
            return ForReplyLocked(content);
        }

        return state.Withdrawal?.ForReply() ?? (content.MustSettleLocked(end) ? ForReplyLocked(content) : null);
    }

    /// <summary>
    /// What must be waited for before a file can have another base; null if nothing. Asked again after waiting.
    /// </summary>
    public Task<VfsError>? BeforeRebaseLocked(FileContent content) =>
        content.MayRebaseLocked || content.IsGone || !content.IsCleanLocked
            ? null
            : BeforeWriteLocked(content, 0) ?? SettleLocked(content);

    /// <summary>
    /// Says of a content that has another base what it is now, in the open batch: it must be the one that records what
    /// the store is known to have. Under the namespace gate too.
    /// </summary>
    public void SayRebasedLocked(FileContent content)
    {
        var none = RangeSetCodec.Encode(new RangeSet());
        tree.Commit.OpenLocked().Contents.Add(new ContentRow(
            content.Inode.Id, content.Size, content.Base, content.Epoch, false, 0, none, none));
        content.Durable.RowTaken(isTrusted: false, new RangeSet());
    }

    private Task<VfsError> ForReplyLocked(FileContent content) =>
        RoundLocked(content)?.ForReply() ?? tree.Commit.WhenDurableAsync();

    /// <summary>The round that has, or will have, what was done so far; null if at most a batch is under way.</summary>
    private SharedOutcome? RoundLocked(FileContent content)
    {
        var state = content.Durable;
        if (content.IsGone || (!state.HasWork && state.Next is null))
        {
            return state.Current;
        }

        state.Next ??= new SharedOutcome();
        if (!state.IsRunning)
        {
            state.IsRunning = true;
            _ = Task.Run(() => RunAsync(content));
        }

        return state.Next;
    }

    /// <summary>
    /// One round after the other: while the database makes one durable, the staging file is synced for the next. The
    /// database takes batches in order, so what it says of a file never goes back.
    /// </summary>
    private async Task RunAsync(FileContent content)
    {
        while (true)
        {
            SharedOutcome round;
            Capture capture;
            lock (content.Gate)
            {
                if (content.Durable.Next is not { } next)
                {
                    content.Durable.IsRunning = false;
                    return;
                }

                round = next;
                content.Durable.Current = next;
                content.Durable.Next = null;
                capture = TakeLocked(content, round);
            }

            // What the database is told of ranges must be true when it is told. Attributes alone may be told at once:
            // then both disks work at the same time.
            var early = capture.SaysRanges ? null : Say(content, capture);
            var isSynced = Sync(content, capture);
            var batch = !isSynced ? tree.Commit.WhenDurableAsync()
                : capture.SaysRanges ? Say(content, capture)
                : early;
            var end = EndAsync(content, capture, round, batch);
            if (!isSynced)
            {
                // Nothing more is taken from a content that is about to be put back.
                await end;
            }
        }
    }

    /// <summary>Waits for the batch and tells those who wait. Its failures are the round's outcome.</summary>
    private async Task EndAsync(
        FileContent content, Capture capture, SharedOutcome round, Task<VfsError>? batch)
    {
        var outcome = batch is null ? VfsError.None : await batch;
        lock (content.Gate)
        {
            EndLocked(content, capture, outcome);
            content.Durable.EndOf(round);
        }

        round.Give(capture.SyncFailed ? VfsError.Io : outcome);
    }

    private static Capture TakeLocked(FileContent content, SharedOutcome round)
    {
        var state = content.Durable;
        var capture = new Capture
        {
            MustSync = state.HasUnsynced,
            Shrinks = state.Shrinks,
            WasTrusted = state.IsTrusted,
            Requests = state.AttributesTaken(),
        };
        state.HasUnsynced = false;
        if (state.NeedsRow || state.WantsWithdrawal || !state.HasRow || state.LogLength > LogLengthMax)
        {
            var dirty = content.AllDirtyLocked();
            var isTrusted = dirty.IsEmpty && !state.WantsWithdrawal;
            var coverage = isTrusted ? content.Coverage : dirty;
            capture.Row = new ContentRow(
                content.Inode.Id, content.Size, content.Base, content.Epoch, isTrusted,
                isTrusted ? content.HeldBytesLocked : dirty.TotalBytes,
                RangeSetCodec.Encode(coverage), RangeSetCodec.Encode(dirty));
            state.RowTaken(isTrusted, dirty);
            state.Withdrawal = capture.WasTrusted && !isTrusted ? round : null;
        }
        else if (!state.Pending.IsEmpty)
        {
            var (ranges, first) = state.LogTaken();
            if (ranges.Count > 0)
            {
                capture.Append = new ContentAppend(content.Inode.Id, content.Size, ranges, first);
            }
        }

        return capture;
    }

    /// <summary>Puts the staging file on stable storage; false if the disk failed to.</summary>
    private bool Sync(FileContent content, Capture capture)
    {
        if (!capture.MustSync)
        {
            return true;
        }

        try
        {
            content.Staging.Sync();
            return true;
        }
        catch (IOException e)
        {
            lock (content.Gate)
            {
                if (content.IsGone)
                {
                    return true;
                }
            }

            log.SyncFailed(e, content.Inode.Id);
            capture.SyncFailed = true;
            return false;
        }
    }

    /// <summary>Puts what was taken into the open batch; what to wait for.</summary>
    private Task<VfsError>? Say(FileContent content, Capture capture)
    {
        lock (tree.Gate)
        {
            if (content.Inode.IsRemoved)
            {
                return null;
            }

            object? change = capture.Row is null ? capture.Append : capture.Row;
            if (change is not null)
            {
                tree.Commit.OpenLocked().Contents.Add(change);
            }

            tree.Commit.ChangeLocked(content.Inode);
            tree.Commit.OpenLocked().Requests.AddRange(capture.Requests);
            return tree.Commit.PendingLocked();
        }
    }

    private void EndLocked(FileContent content, Capture capture, VfsError outcome)
    {
        var state = content.Durable;
        if (capture.SyncFailed)
        {
            // What the pages hold is unknown: only what was durable before counts, and clients send the rest again.
            verifier.Rotate();
            content.RevertLocked(tree.Reader.LoadContent(content.Inode.Id));
            lock (tree.Gate)
            {
                if (!content.Inode.IsRemoved)
                {
                    // Clients see times that no restart takes back, and that other bytes came with. The store may have
                    // been told of the earlier ones, or be about to be.
                    content.Inode.Size = content.Size;
                    content.Inode.TouchData(tree.Now);
                    tree.Marks.AddInodeLocked(content.Inode.Id);
                    tree.Commit.ChangeLocked(content.Inode);
                }
            }
        }
        else if (outcome != VfsError.None)
        {
            // The row will be written, but is not yet: who writes must ask for the withdrawal again, and who waits for
            // a shrink needs another round to wait for.
            state.Untake(capture.WasTrusted);
            state.NeedsRow = true;
        }
        else if (!content.IsGone)
        {
            state.DurableShrinks = Math.Max(state.DurableShrinks, capture.Shrinks);
            if (state.Shrinks == state.DurableShrinks)
            {
                DropGarbageLocked(content);
            }
        }
    }

    private void DropGarbageLocked(FileContent content)
    {
        try
        {
            content.DropGarbageLocked();
        }
        catch (IOException e)
        {
            // The space stays taken; the bytes past the end are zeroed when the file grows.
            log.StagingFailed(e, content.Inode.Id);
        }
    }

    /// <summary>What one round says, taken at one moment under the content's lock.</summary>
    private sealed class Capture
    {
        public bool MustSync { get; init; }

        public long Shrinks { get; init; }

        public bool WasTrusted { get; init; }

        public required List<RequestRow> Requests { get; init; }

        public ContentRow? Row { get; set; }

        public ContentAppend? Append { get; set; }

        public bool SyncFailed { get; set; }

        /// <summary>Whether the database is told of ranges, and not of attributes alone.</summary>
        public bool SaysRanges => Row is not null || Append is not null;
    }
}
