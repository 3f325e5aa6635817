using Cas.Client;
using Vfs.Core.Content;
using Vfs.Core.Metadata;
using Vfs.Core.Namespace;

namespace Vfs.Core.Sync;

/// <summary>
/// Compares paths of the tree here with what the store's tree is known to hold, and commits the difference. Nothing is
/// replayed: whatever led to the present state, the comparison finds it.
/// </summary>
internal sealed class Reconciler(
    Tree tree, ContentTable contents, IRemoteTree remote, CommitIntents intents, StoreHealth health)
{
    private const int ChangesPerCommit = 5000;
    private const int KnownPerQuery = 10_000;

    /// <summary>
    /// Makes the store's tree agree on what the marks name. Null on success, else why not; then the marks stay.
    /// </summary>
    public async Task<string?> CommitAsync(IEnumerable<Mark> marks)
    {
        // Names of objects are read from the database; what memory is ahead of it will be marked again.
        if (await tree.Commit.WhenDurableAsync() != VfsError.None)
        {
            return "the local disk cannot record it";
        }

        var changes = new SortedDictionary<byte[], TreeChange>(PathComparer.Instance);
        foreach (var mark in marks)
        {
            foreach (var (directory, name) in NamesOf(mark))
            {
                AddName(changes, directory, name, mark.IsSubtree);
            }
        }

        // New names first: a crash between two commits leaves a moved object twice rather than nowhere.
        var ordered = changes.Values.OrderBy(change => change.Entry is null).ToList();
        for (var from = 0; from < ordered.Count; from += ChangesPerCommit)
        {
            var part = ordered.GetRange(from, Math.Min(ChangesPerCommit, ordered.Count - from));
            if (await CommitPartAsync(part) is { } failure)
            {
                return failure;
            }
        }

        return null;
    }

    private List<(InodeId Directory, byte[] Name)> NamesOf(Mark mark)
    {
        if (mark.Name is { } marked)
        {
            return [(mark.Inode, marked)];
        }

        if (mark.Inode == InodeId.Root)
        {
            return [(InodeId.Root, [])];
        }

        return tree.Reader.LoadNames(mark.Inode);
    }

    private void AddName(
        SortedDictionary<byte[], TreeChange> changes, InodeId directory, byte[] name, bool isSubtree)
    {
        var pending = new Stack<(InodeId Directory, byte[] Name)>();
        pending.Push((directory, name));
        while (pending.TryPop(out var at))
        {
            if (Look(at.Directory, at.Name) is not { } found)
            {
                continue;
            }

            if (found.Inode is { IsDirectory: true } below)
            {
                Put(changes, found.Path, below, ContentId.Empty);
                if (isSubtree)
                {
                    PushChildren(pending, below);
                }

                continue;
            }

            DropKnownBelow(changes, found.Path);
            if (found.Inode is { } inode)
            {
                var content = inode.Type == InodeType.Regular ? contents.Peek(inode.Id).Base : ContentId.Empty;
                Put(changes, found.Path, inode, content);
            }
            else if (tree.Reader.LoadRemote(found.Path) is { } known)
            {
                changes[found.Path] = new TreeChange(found.Path, null, known.Version);
            }
        }
    }

    /// <summary>What is at a name, and its path; null if the directory is gone, and then another mark covers it.</summary>
    private (byte[] Path, Inode? Inode)? Look(InodeId directory, byte[] name)
    {
        tree.Inodes.PreloadDirectory(directory);
        lock (tree.Gate)
        {
            if (tree.PathOfLocked(directory) is not { } path
                || tree.Inodes.GetDirectoryLocked(directory, out var holder) != VfsError.None)
            {
                return null;
            }

            return name.Length == 0
                ? (path, holder)
                : (Paths.Append(path, name), tree.Inodes.GetLocked(holder.Entries!.Find(name)));
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

    private void Put(SortedDictionary<byte[], TreeChange> changes, byte[] path, Inode inode, ContentId content)
    {
        TreeEntry entry;
        lock (tree.Gate)
        {
            if (inode.IsRemoved)
            {
                return;
            }

            entry = TreeEntryMap.ToEntryLocked(inode, content);
        }

        var known = tree.Reader.LoadRemote(path);
        if (known is not { } same || !same.Entry.AsSpan().SequenceEqual(TreeEntryMap.Encode(entry)))
        {
            changes[path] = new TreeChange(path, entry, known?.Version ?? TreeVersion.Absent);
        }
    }

    private void DropKnownBelow(SortedDictionary<byte[], TreeChange> changes, byte[] path)
    {
        var (after, before) = Paths.Below(path);
        while (true)
        {
            var known = tree.Reader.LoadRemoteBetween(after, before, KnownPerQuery);
            foreach (var (below, version) in known)
            {
                changes[below] = new TreeChange(below, null, version);
            }

            if (known.Count < KnownPerQuery)
            {
                return;
            }

            after = known[^1].Path;
        }
    }

    /// <summary>Everything agrees with the store as far as is known.</summary>
    public void AllAgrees() => intents.EndAll();

    private async Task<string?> CommitPartAsync(List<TreeChange> changes, bool mayAdopt = true)
    {
        if (await intents.BeginAsync(changes) is not { } note)
        {
            return "the local disk cannot record it";
        }

        var committed = await remote.CommitAsync(changes, CancellationToken.None);
        health.Note(committed.Error, committed.Detail);
        if (committed.Error.IsTransient())
        {
            intents.Keep(note, changes);
            return committed.Detail ?? committed.Error.ToString();
        }

        intents.End(note);
        if (committed.Error == CasError.Conflict)
        {
            return await ResolveAsync(changes, mayAdopt, committed.Detail);
        }

        if (!committed.IsOk)
        {
            return committed.Detail ?? committed.Error.ToString();
        }

        Record(changes.Zip(committed.Value, (change, version) => (change.Path, version, change.Entry)));
        return null;
    }

    /// <summary>
    /// A path was not at the version that we know. If what is there is ours (an answer was lost), its version is the
    /// one to replace; if it is somebody else's, that path alone is refused.
    /// </summary>
    private async Task<string?> ResolveAsync(List<TreeChange> changes, bool mayAdopt, string? detail)
    {
        if (mayAdopt && await AdoptAsync(changes) is { } adopted)
        {
            return adopted.Count == 0 ? null : await CommitPartAsync(adopted, mayAdopt: false);
        }

        if (changes.Count == 1)
        {
            return $"somebody else changed it in the store: {detail}";
        }

        string? failure = null;
        foreach (var change in changes)
        {
            failure = await CommitPartAsync([change], mayAdopt: false) ?? failure;
        }

        return failure;
    }

    /// <summary>
    /// The changes that are still to be made, based on what the store has now where that is ours. Null if nothing was,
    /// or the store cannot be asked.
    /// </summary>
    private async Task<List<TreeChange>?> AdoptAsync(List<TreeChange> changes)
    {
        var left = new List<TreeChange>();
        var adopted = new List<(ReadOnlyMemory<byte>, TreeVersion, TreeEntry?)>();
        foreach (var change in changes)
        {
            var found = await remote.LookupAsync(change.Path, CancellationToken.None);
            if (!found.IsOk)
            {
                return null;
            }

            var version = found.Value?.Version ?? TreeVersion.Absent;
            var entry = found.Value?.Entry;
            if (version == change.Expected)
            {
                left.Add(change);
            }
            else if (IsSame(entry, change.Entry))
            {
                adopted.Add((change.Path, version, entry));
            }
            else if (intents.MayBeOurs(change.Path.Span, entry))
            {
                adopted.Add((change.Path, version, entry));
                left.Add(change with { Expected = version });
            }
            else
            {
                left.Add(change);
            }
        }

        Record(adopted);
        return adopted.Count > 0 ? left : null;
    }

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
                batch.Remotes.Add(new RemoteChange(
                    path.ToArray(), version, entry is null ? null : TreeEntryMap.Encode(entry)));
            }
        }
    }

    private sealed class PathComparer : IComparer<byte[]>
    {
        public static PathComparer Instance { get; } = new();

        public int Compare(byte[]? x, byte[]? y) => x.AsSpan().SequenceCompareTo(y);
    }
}
