using Cas.Client;
using Vfs.Core.Content;
using Vfs.Core.Metadata;
using Vfs.Core.Namespace;
using Vfs.Core.Sync.Merge;

namespace Vfs.Core.Sync;

/// <summary>
/// Commits changes to the store's tree and records what is known of it then. What is about to be written is noted in
/// the database first: if a commit ends without an answer, or the gateway does, the store may have it under a version
/// that nobody here knows, and only the note tells our own entry from another writer's.
/// </summary>
internal sealed class TreeCommitter(
    Tree tree, IRemoteTree remote, TreeMerge merge, Conflicts conflicts, LateCommits late, StoreHealth health)
{
    private const int ChangesPerCommit = 5000;
    private const int LookupsMax = 16;
    private const string CannotRecord = "the local disk cannot record it";

    /// <summary>
    /// Commits; tells which paths could not be, and why, and which another writer had changed too. One path does not hold
    /// up others.
    /// </summary>
    public async Task<CommitOutcome> CommitAsync(
        IReadOnlyList<TreeChange> changes, CancellationToken cancellationToken)
    {
        var outcome = new CommitOutcome();
        foreach (var part in changes.Chunk(ChangesPerCommit))
        {
            await CommitPartAsync(outcome.WithoutSettled(part), outcome, mayAdopt: true, cancellationToken);
        }

        return outcome;
    }

    private async Task CommitPartAsync(
        TreeChange[] changes, CommitOutcome outcome, bool mayAdopt, CancellationToken cancellationToken)
    {
        if (changes.Length == 0)
        {
            return;
        }

        if (!await NoteAsync(changes))
        {
            outcome.Fail(changes, CannotRecord);
            return;
        }

        var committed = await remote.CommitAsync(changes, cancellationToken);
        health.Note(StoreHalf.Tree, committed.Error, committed.Detail);
        if (committed.IsOk && committed.Value.Count != changes.Length)
        {
            // It may be there or not, under versions that nobody told: the next try finds out.
            outcome.Fail(changes, $"the store answered {committed.Value.Count} of {changes.Length} changes");
            return;
        }

        if (committed.IsOk)
        {
            Record(changes.Zip(committed.Value, (change, version) => (change.Path, version, change.Entry)));
            LookAgain(outcome.Paths, changes);
            return;
        }

        if (mayAdopt && committed.Error == CasError.Conflict)
        {
            var left = await AdoptAsync(changes, outcome, cancellationToken);
            await CommitPartAsync(outcome.WithoutSettled(left), outcome, mayAdopt: false, cancellationToken);
            return;
        }

        var isOfAPath = committed.Error is CasError.Conflict or CasError.Invalid;
        if (changes.Length > 1 && isOfAPath)
        {
            var half = changes.Length / 2;
            await CommitPartAsync(changes[..half], outcome, mayAdopt, cancellationToken);
            await CommitPartAsync(changes[half..], outcome, mayAdopt, cancellationToken);
            return;
        }

        if (!isOfAPath)
        {
            NoteUnanswered(changes);
        }

        outcome.Fail(changes, committed.Error == CasError.Conflict
            ? $"conflict in the store: {committed.Detail}"
            : committed.Detail ?? committed.Error.ToString());
    }

    private void NoteUnanswered(TreeChange[] changes)
    {
        foreach (var change in changes.Where(change => change.Entry is not null && change.Expected == default))
        {
            late.Add(change.Path.ToArray());
        }
    }

    private void LookAgain(SyncOutcome<byte[]> outcome, TreeChange[] changes)
    {
        foreach (var change in changes.Where(change => change.Entry is null))
        {
            var path = change.Path.ToArray();
            if (late.LeftFor(path) is var left && left > TimeSpan.Zero)
            {
                outcome.LooksAgain[path] = left;
            }
        }
    }

    private async Task<bool> NoteAsync(TreeChange[] changes)
    {
        lock (tree.Gate)
        {
            var batch = tree.Commit.OpenLocked();
            foreach (var change in changes)
            {
                if (change.Entry is { } entry)
                {
                    batch.Sendings.Add(new SendingChange(change.Path.ToArray(), TreeEntryMap.Encode(entry)));
                }
            }
        }

        return await tree.Commit.WhenDurableAsync() == VfsError.None;
    }

    /// <summary>
    /// After a conflict: takes note of what the store has where that is our own work, or nothing, and settles what is
    /// another writer's. What is left to commit, each with the version that it replaces.
    /// </summary>
    private async Task<TreeChange[]> AdoptAsync(
        TreeChange[] changes, CommitOutcome outcome, CancellationToken cancellationToken)
    {
        var adopted = new List<(ReadOnlyMemory<byte>, TreeVersion, TreeEntry?)>();
        var left = new List<TreeChange>();
        var found = new CasResult<TreeItem?>[changes.Length];
        var limits = new ParallelOptions { MaxDegreeOfParallelism = LookupsMax, CancellationToken = cancellationToken };
        await Parallel.ForAsync(0, changes.Length, limits, async (i, token) =>
            found[i] = await remote.LookupAsync(changes[i].Path, token));
        for (var i = 0; i < changes.Length; i++)
        {
            var (change, theirs) = (changes[i], found[i].Value);
            var version = theirs?.Version ?? TreeVersion.Absent;
            if (!found[i].IsOk || version == change.Expected)
            {
                left.Add(change);
            }
            else if (theirs is not null && !IsOurs(theirs))
            {
                await conflicts.SettleAsync(theirs);
                outcome.Settle(change.Path);
            }
            else
            {
                adopted.Add((change.Path, version, theirs?.Entry));
                if (!IsSame(theirs?.Entry, change.Entry))
                {
                    left.Add(change with { Expected = version });
                }
            }
        }

        Record(adopted);
        return [.. left];
    }

    /// <summary>Whether an entry is what an earlier commit of ours put there.</summary>
    private bool IsOurs(TreeItem found) =>
        tree.Reader.IsSending(found.Path.Span, TreeEntryMap.Encode(found.Entry));

    private static bool IsSame(TreeEntry? found, TreeEntry? wanted) =>
        found is null || wanted is null
            ? found is null && wanted is null
            : TreeEntryMap.Encode(found).AsSpan().SequenceEqual(TreeEntryMap.Encode(wanted));

    private void Record(IEnumerable<(ReadOnlyMemory<byte> Path, TreeVersion Version, TreeEntry? Entry)> committed)
    {
        lock (tree.Gate)
        {
            foreach (var (path, version, entry) in committed)
            {
                var name = path.ToArray();
                merge.KnowLocked(name, version, entry, keepsNotes: late.LeftFor(name) > TimeSpan.Zero);
            }
        }
    }
}
