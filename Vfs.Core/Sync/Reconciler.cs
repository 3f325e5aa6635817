using Cas.Client;
using Microsoft.Data.Sqlite;
using Vfs.Core.Content;
using Vfs.Core.Namespace;

namespace Vfs.Core.Sync;

/// <summary>
/// Compares paths of the tree here with what the store's tree is known to hold, and has the difference committed.
/// Nothing is replayed: whatever led to the present state, the comparison finds it.
/// </summary>
internal sealed class Reconciler(
    Tree tree, ContentTable contents, TreeComparison comparison, TreeCommitter committer)
{
    private const int KnownPerQuery = 10_000;
    private const int RoundsMax = 3;

    /// <summary>
    /// Makes the store's tree agree on what the marks name. Where another writer was met, what that means is settled here,
    /// and the marks are compared again.
    /// </summary>
    public async Task<SyncOutcome<Mark>> CommitAsync(
        IReadOnlyCollection<Mark> marks, CancellationToken cancellationToken)
    {
        var outcome = new SyncOutcome<Mark>();
        for (var round = 0; marks.Count > 0; round++)
        {
            // Names of objects are read from the database; what memory is ahead of it will be marked again.
            if (await tree.Commit.WhenDurableAsync() != VfsError.None)
            {
                Fail(outcome, marks, "the local disk cannot record it");
                break;
            }

            marks = await CommitOnceAsync(marks, outcome, cancellationToken);
            if (round == RoundsMax)
            {
                Fail(outcome, marks, "another writer changes it all the time");
                break;
            }
        }

        return outcome;
    }

    private static void Fail(SyncOutcome<Mark> outcome, IEnumerable<Mark> marks, string reason)
    {
        foreach (var mark in marks)
        {
            outcome.Failed[mark] = reason;
        }
    }

    /// <summary>The marks that must be compared again.</summary>
    private async Task<HashSet<Mark>> CommitOnceAsync(
        IReadOnlyCollection<Mark> marks, SyncOutcome<Mark> outcome, CancellationToken cancellationToken)
    {
        var plan = new TreePlan();
        foreach (var mark in marks)
        {
            try
            {
                Compare(plan, mark);
            }
            catch (Exception e) when (e is IOException or InvalidDataException or SqliteException)
            {
                // A damaged file or row holds up itself alone.
                outcome.Failed[mark] = e.Message;
            }
        }

        var committed = await committer.CommitAsync(plan.InOrder(), cancellationToken);
        foreach (var (mark, reason) in plan.OfMarks(committed.Paths.Failed))
        {
            outcome.Failed[mark] = reason;
        }

        foreach (var (mark, delay) in plan.OfMarks(committed.Paths.LooksAgain))
        {
            outcome.LooksAgain[mark] = delay;
        }

        var settled = plan.OfMarks(committed.Settled.Select(path => KeyValuePair.Create(path, true)));
        return [.. settled.Select(x => x.Mark).Where(mark => !outcome.Failed.ContainsKey(mark))];
    }

    private void Compare(TreePlan plan, Mark mark)
    {
        foreach (var (directory, name) in comparison.NamesOf(mark))
        {
            if (mark.Name is not null && comparison.Look(directory, name) is { Inode.IsDirectory: true } moved)
            {
                DropMissingBelow(plan, mark, moved.Path, moved.Inode);
            }

            AddName(plan, mark, directory, name);
        }
    }

    private void AddName(TreePlan plan, Mark mark, InodeId directory, byte[] name)
    {
        var pending = new Stack<(InodeId Directory, byte[] Name)>();
        pending.Push((directory, name));
        while (pending.TryPop(out var at))
        {
            if (comparison.Look(at.Directory, at.Name) is not { } found)
            {
                continue;
            }

            if (found.Inode is { IsDirectory: true } below)
            {
                Put(plan, mark, found.Path, below);
                if (mark.IsSubtree)
                {
                    PushChildren(pending, below);
                }

                continue;
            }

            if (tree.LocalNames.Keeps(at.Name))
            {
                DropDirectory(plan, mark, found.Path);
                continue;
            }

            DropKnownBelow(plan, mark, found.Path, _ => false);
            if (found.Inode is { } inode)
            {
                Put(plan, mark, found.Path, inode);
            }
            else if (comparison.ChangeForNone(found.Path) is { } change)
            {
                plan.Add(mark, change);
            }
        }
    }

    private void PushChildren(Stack<(InodeId, byte[])> pending, Inode directory)
    {
        lock (tree.Gate)
        {
            if (tree.Inodes.GetDirectoryLocked(directory.Id, out var loaded) != VfsError.None)
            {
                return;
            }

            var position = 0;
            while (loaded.Entries!.TryNext(ref position, out _, out var name, out _))
            {
                pending.Push((directory.Id, name.ToArray()));
            }
        }
    }

    private void Put(TreePlan plan, Mark mark, byte[] path, Inode inode)
    {
        if (comparison.ChangeFor(path, inode, contents.BaseOf(inode)) is { } change)
        {
            plan.Add(mark, change);
        }
    }

    /// <summary>What is kept here under a name is none of the store's business; a directory that was there is.</summary>
    private void DropDirectory(TreePlan plan, Mark mark, byte[] path)
    {
        DropKnownBelow(plan, mark, path, _ => false);
        if (tree.Reader.LoadRemote(path) is { } known && TreeEntryMap.KindOf(known.Entry) == TreeEntryKind.Directory)
        {
            plan.Add(mark, new TreeChange(path, null, known.Version));
        }
    }

    /// <summary>
    /// A directory came to this name: what the store has below it may be of another that was here before and whose
    /// own marks lead nowhere any more.
    /// </summary>
    private void DropMissingBelow(TreePlan plan, Mark mark, byte[] path, Inode directory) =>
        DropKnownBelow(plan, mark, path, below => Exists(directory.Id, below.AsSpan(path.Length + 1)));

    private void DropKnownBelow(TreePlan plan, Mark mark, byte[] path, Func<byte[], bool> isHere)
    {
        var (after, before) = Paths.Below(path);
        while (true)
        {
            var known = tree.Reader.LoadRemoteBetween(after, before, KnownPerQuery);
            foreach (var (below, version) in known)
            {
                if (!isHere(below))
                {
                    plan.Add(mark, new TreeChange(below, null, version));
                }
            }

            if (known.Count < KnownPerQuery)
            {
                return;
            }

            after = known[^1].Path;
        }
    }

    private bool Exists(InodeId directory, ReadOnlySpan<byte> path)
    {
        lock (tree.Gate)
        {
            foreach (var part in path.Split((byte)'/'))
            {
                if (tree.Inodes.GetDirectoryLocked(directory, out var holder) != VfsError.None)
                {
                    return false;
                }

                directory = holder.Entries!.FindExact(path[part]);
            }

            return tree.Inodes.GetLocked(directory) is not null;
        }
    }
}
