using Cas.Client;
using Vfs.Core.Content;
using Vfs.Core.Metadata;
using Vfs.Core.Namespace;

namespace Vfs.Core.Sync;

/// <summary>
/// Commits changes to the store's tree and records what is known of it then. What is about to be written is noted in
/// the database first: if a commit ends without an answer, or the gateway does, the store may have it under a version
/// that nobody here knows, and only the note tells our own entry from another writer's.
/// </summary>
internal sealed class TreeCommitter(Tree tree, IRemoteTree remote, LateCommits late, StoreHealth health)
{
    private const int ChangesPerCommit = 5000;
    private const string CannotRecord = "the local disk cannot record it";

    /// <summary>Commits; tells which paths could not be, and why. One path does not hold up others.</summary>
    public async Task<SyncOutcome<byte[]>> CommitAsync(
        IReadOnlyList<TreeChange> changes, CancellationToken cancellationToken)
    {
        var outcome = new SyncOutcome<byte[]>(NameComparer.Instance);
        foreach (var part in changes.Chunk(ChangesPerCommit))
        {
            await CommitPartAsync(part, outcome, mayAdopt: true, cancellationToken);
        }

        return outcome;
    }

    private async Task CommitPartAsync(
        TreeChange[] changes, SyncOutcome<byte[]> outcome, bool mayAdopt, CancellationToken cancellationToken)
    {
        if (changes.Length == 0)
        {
            return;
        }

        if (!await NoteAsync(changes))
        {
            Fail(outcome, changes, CannotRecord);
            return;
        }

        var committed = await remote.CommitAsync(changes, cancellationToken);
        health.Note(StoreHalf.Tree, committed.Error, committed.Detail);
        if (committed.IsOk && committed.Value.Count != changes.Length)
        {
            // It may be there or not, under versions that nobody told: the next try finds out.
            Fail(outcome, changes, $"the store answered {committed.Value.Count} of {changes.Length} changes");
            return;
        }

        if (committed.IsOk)
        {
            Record(changes.Zip(committed.Value, (change, version) => (change.Path, version, change.Entry)));
            LookAgain(outcome, changes);
            return;
        }

        if (mayAdopt && committed.Error == CasError.Conflict)
        {
            var left = await AdoptAsync(changes, cancellationToken);
            await CommitPartAsync(left, outcome, mayAdopt: false, cancellationToken);
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

        Fail(outcome, changes, committed.Error == CasError.Conflict
            ? $"conflict in the store: {committed.Detail}"
            : committed.Detail ?? committed.Error.ToString());
    }

    private static void Fail(SyncOutcome<byte[]> outcome, TreeChange[] changes, string reason)
    {
        foreach (var change in changes)
        {
            outcome.Failed[change.Path.ToArray()] = reason;
        }
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
    /// After a conflict: takes note of what the store has where that is our own work, or nothing. What is left to
    /// commit, each with the version that it replaces.
    /// </summary>
    private async Task<TreeChange[]> AdoptAsync(TreeChange[] changes, CancellationToken cancellationToken)
    {
        var adopted = new List<(ReadOnlyMemory<byte>, TreeVersion, TreeEntry?)>();
        var left = new List<TreeChange>();
        foreach (var change in changes)
        {
            var found = await remote.LookupAsync(change.Path, cancellationToken);
            var version = found.Value?.Version ?? TreeVersion.Absent;
            if (!found.IsOk || version == change.Expected || !IsOurs(change.Path, found.Value?.Entry))
            {
                left.Add(change);
                continue;
            }

            adopted.Add((change.Path, version, found.Value?.Entry));
            if (!IsSame(found.Value?.Entry, change.Entry))
            {
                left.Add(change with { Expected = version });
            }
        }

        Record(adopted);
        return [.. left];
    }

    /// <summary>Whether an entry may be replaced: nothing is there, or what an earlier commit of ours put there.</summary>
    private bool IsOurs(ReadOnlyMemory<byte> path, TreeEntry? found) =>
        found is null || tree.Reader.IsSending(path.Span, TreeEntryMap.Encode(found));

    private static bool IsSame(TreeEntry? found, TreeEntry? wanted) =>
        found is null || wanted is null
            ? found is null && wanted is null
            : TreeEntryMap.Encode(found).AsSpan().SequenceEqual(TreeEntryMap.Encode(wanted));

    private void Record(IEnumerable<(ReadOnlyMemory<byte> Path, TreeVersion Version, TreeEntry? Entry)> committed)
    {
        lock (tree.Gate)
        {
            var batch = tree.Commit.OpenLocked();
            foreach (var (path, version, entry) in committed)
            {
                var name = path.ToArray();
                var isLate = late.LeftFor(name) > TimeSpan.Zero;
                batch.Remotes.Add(new RemoteChange(
                    name, version, entry is null ? null : TreeEntryMap.Encode(entry), KeepsNotes: isLate));
            }
        }
    }
}
