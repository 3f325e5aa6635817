using System.Text;
using Cas.Client;
using Microsoft.Extensions.Logging;
using Vfs.Core.Content;
using Vfs.Core.Metadata;
using Vfs.Core.Namespace;
using Vfs.Core.Ranges;

namespace Vfs.Core.Sync.Merge;

/// <summary>What became of a version of a path that the store has.</summary>
internal enum Taken : byte
{
    /// <summary>It is here.</summary>
    Done,

    /// <summary>Something here is newer, or in use at this moment; nothing was changed.</summary>
    Later,

    /// <summary>It is not a directory, and what is here is one with names in it; nothing was changed.</summary>
    IsInTheWay,

    /// <summary>It cannot be served here; nothing was changed.</summary>
    Unusable,
}

/// <summary>
/// Takes over what the store's tree has at a path. Objects stay the same where they can: a file whose bytes changed keeps
/// its inode, and its handles show the new version. Every change is one batch with what is then known of the store, so
/// that a crash leaves both or neither.
/// </summary>
internal sealed class TreeMerge(
    Tree tree, ContentTable contents, ContentRounds rounds, CommittedPaths committed, Action<VfsError, Inode?> discard,
    ILogger log)
{
    /// <summary>A file is in use if it is not at rest after so many looks.</summary>
    private const int RebaseTries = 16;

    /// <summary>No store's: of a directory whose names are being taken. A pass that is cut off leaves it to the next.</summary>
    private static readonly TreeVersion s_unfinished = new(ulong.MaxValue);

    private readonly MergedNames _names = new(tree, rounds);    // Guarded by the namespace gate.

    /// <summary>Versions of paths that were taken over since the start.</summary>
    public ulong Count { get; private set; }    // Guarded by the namespace gate.

    /// <summary>
    /// Takes a version of a path. Unless <paramref name="isForced"/>, nothing that was changed here and is not in the
    /// store yet is touched, nor what was committed since the listing began that the version is from.
    /// </summary>
    public async Task<Taken> TakeAsync(TreeItem item, LinkGroups links, bool isForced)
    {
        var path = item.Path.ToArray();
        Preload(path);
        InodeId rebased;
        lock (tree.Gate)
        {
            var taken = TakeLocked(path, item, links, isForced, null, out rebased);
            if (rebased == default)
            {
                return taken;
            }
        }

        return await RebaseAsync(path, item, links, isForced, rebased);
    }

    /// <summary>The store has nothing at a path any more, as a look-up said.</summary>
    public Taken TakeRemoval(byte[] path)
    {
        Preload(path);
        lock (tree.Gate)
        {
            tree.Inodes.TrimLocked();
            var here = Located.FindLocked(tree, path, _ => false);
            if (here.IsMarked || committed.HasLocked(path))
            {
                return Taken.Later;
            }

            if (here.Inode is { } inode)
            {
                if (inode.IsDirectory && !tree.IsEmptyLocked(inode))
                {
                    // What is in it is ours alone, or not taken yet: the store gets its directory again.
                    tree.Marks.AddNameLocked(here.Directory!.Id, here.Name, isSubtree: false);
                }
                else
                {
                    _names.RemoveLocked(here.Directory!, here.Name, inode, isMarked: false);
                }
            }

            KnowLocked(path, TreeVersion.Absent, null);
            Count++;
            return Taken.Done;
        }
    }

    /// <summary>
    /// Ends a directory after its names were taken over, which moved its times: they are the store's again.
    /// </summary>
    public Taken TakeTimes(TreeItem item)
    {
        var path = item.Path.ToArray();
        lock (tree.Gate)
        {
            tree.Inodes.TrimLocked();
            var here = Located.FindLocked(tree, path, _ => false);
            if (here.Inode is not { IsDirectory: true } directory || here.IsMarked || committed.HasLocked(path))
            {
                return Taken.Later;
            }

            if (item.Entry.Mtime != 0)
            {
                directory.Mtime = new Timestamp(item.Entry.Mtime);
                tree.Commit.ChangeLocked(directory);
            }

            KnowLocked(path, item.Version, item.Entry);
            return Taken.Done;
        }
    }

    /// <summary>
    /// Takes a version of a path whose place here is given to it: what has it, <paramref name="ours"/>, goes to a name of
    /// its own beside it, with all that is in it, and is sent under that one.
    /// </summary>
    public Taken TakeBeside(TreeItem item, InodeId ours, Func<Inode, byte[], byte[]> nameOf)
    {
        var path = item.Path.ToArray();
        Preload(path);
        lock (tree.Gate)
        {
            tree.Inodes.TrimLocked();
            var here = Located.FindLocked(tree, path, _ => false);
            if (here.Directory is not { } directory || here.Inode is not { } inode || inode.Id != ours)
            {
                return Taken.Later;
            }

            var now = tree.Now;
            tree.RemoveNameLocked(directory, here.Name);
            tree.AddNameLocked(directory, nameOf(directory, here.Name), inode, isSubtree: inode.IsDirectory);
            inode.TouchCtime(now);
            tree.Commit.ChangeLocked(inode);
            tree.NamesChangedLocked(directory, now);
            _names.AddLocked(directory, here.Name, item.Entry, new LinkGroups(), isMarked: true);
            KnowLocked(path, item.Version, item.Entry);
            Count++;
            return Taken.Done;
        }
    }

    /// <summary>Takes a version of a path; what has its place here, <paramref name="ours"/>, loses the name.</summary>
    public Taken TakeInstead(TreeItem item, InodeId ours)
    {
        var path = item.Path.ToArray();
        Preload(path);
        lock (tree.Gate)
        {
            tree.Inodes.TrimLocked();
            var here = Located.FindLocked(tree, path, _ => false);
            if (here.Directory is not { } directory || here.Inode is not { } inode || inode.Id != ours)
            {
                return Taken.Later;
            }

            _names.RemoveLocked(directory, here.Name, inode, isMarked: true);
            _names.AddLocked(directory, here.Name, item.Entry, new LinkGroups(), isMarked: true);
            KnowLocked(path, item.Version, item.Entry);
            Count++;
            return Taken.Done;
        }
    }

    /// <summary>The object at a path; the default if there is none.</summary>
    public InodeId Find(ReadOnlyMemory<byte> path)
    {
        lock (tree.Gate)
        {
            tree.Inodes.TrimLocked();
            return Located.FindLocked(tree, path.Span, _ => false).Inode?.Id ?? default;
        }
    }

    /// <summary>Notes which file a path is that shares it with others, and that is here as the store has it.</summary>
    public void Claim(TreeItem item, LinkGroups links)
    {
        lock (tree.Gate)
        {
            tree.Inodes.TrimLocked();
            if (Located.FindLocked(tree, item.Path.Span, _ => false).Inode is { } inode)
            {
                links.TryClaim(item.Entry, inode.Id);
            }
        }
    }

    /// <summary>What the store is known to have at a path, as far as that is durable; null if nothing.</summary>
    public TreeEntry? KnownAt(ReadOnlySpan<byte> path) =>
        tree.Reader.LoadRemote(path) is { } known ? TreeEntryMap.Decode(known.Entry) : null;

    /// <summary>Notes what the store has at a path, and changes nothing here.</summary>
    public void KnowLocked(byte[] path, TreeVersion version, TreeEntry? entry, bool keepsNotes = false)
    {
        RecordLocked(path, version, entry, keepsNotes);
        committed.AddLocked(path);
    }

    /// <summary>Waits until all that was taken is durable; then the bytes of files that are gone go too.</summary>
    public async Task<VfsError> SettleAsync()
    {
        List<Inode> gone;
        lock (tree.Gate)
        {
            gone = _names.GoneLocked();
        }

        var outcome = await tree.Commit.WhenDurableAsync();
        gone.ForEach(inode => discard(outcome, inode));
        return outcome;
    }

    private void RecordLocked(byte[] path, TreeVersion version, TreeEntry? entry, bool keepsNotes) =>
        tree.Commit.OpenLocked().Remotes.Add(new RemoteChange(
            path, version, entry is null ? null : TreeEntryMap.Encode(entry), keepsNotes));

    /// <summary>So that a large directory is not loaded under the gate.</summary>
    private void Preload(byte[] path)
    {
        InodeId? directory;
        lock (tree.Gate)
        {
            tree.Inodes.TrimLocked();
            directory = Located.FindLocked(tree, path, _ => false).Directory?.Id;
        }

        if (directory is { } id)
        {
            tree.Inodes.PreloadDirectory(id);
        }
    }

    /// <summary>
    /// One hold of the gate. <paramref name="rebased"/> is set if a file must get other bytes, which needs the lock of
    /// its content; with <paramref name="held"/> that is held, and the file is clean.
    /// </summary>
    private Taken TakeLocked(
        byte[] path, TreeItem item, LinkGroups links, bool isForced, FileContent? held, out InodeId rebased)
    {
        rebased = default;
        tree.Inodes.TrimLocked();
        var here = Located.FindLocked(tree, path, isMarked => isForced || !isMarked);
        if (!isForced && (here.IsMarked || committed.HasLocked(path)))
        {
            return Taken.Later;
        }

        var problem = here.IsBlocked ? "lies below what is not a directory"
            : path.Length == 0 ? null
            : StoredObject.ProblemOf(item.Entry, here.Name);
        if (problem is not null)
        {
            log.EntryUnusable(Encoding.UTF8.GetString(path), problem);
            return Taken.Unusable;
        }

        if (here.Directory is not { } directory)
        {
            return Taken.Later;
        }

        if (here.Inode is not { } inode)
        {
            _names.AddLocked(directory, here.Name, item.Entry, links, isForced);
        }
        else if (MergedNames.IsSameObject(inode, item.Entry, links))
        {
            if (inode.Type == InodeType.Regular && held is null && KnownAt(path)?.Content != item.Entry.Content)
            {
                rebased = inode.Id;
                return Taken.Later;
            }

            if (held is not null && held.Inode != inode)
            {
                return Taken.Later;
            }

            _names.UpdateLocked(inode, KnownAt(path), item.Entry, held);
        }
        else if (inode.IsDirectory && !tree.IsEmptyLocked(inode))
        {
            return Taken.IsInTheWay;
        }
        else
        {
            _names.RemoveLocked(directory, here.Name, inode, isForced);
            _names.AddLocked(directory, here.Name, item.Entry, links, isForced);
        }

        if (item.Entry.Kind == TreeEntryKind.Directory && !isForced)
        {
            RecordLocked(path, s_unfinished, item.Entry, keepsNotes: false);
        }
        else
        {
            KnowLocked(path, item.Version, item.Entry);
        }

        Count++;
        return Taken.Done;
    }

    private async Task<Taken> RebaseAsync(
        byte[] path, TreeItem item, LinkGroups links, bool isForced, InodeId file)
    {
        if (contents.Use(file) is not { } use)
        {
            return Taken.Later;
        }

        using (use)
        {
            for (var tries = 0; tries < RebaseTries; tries++)
            {
                Task<VfsError>? settled;
                var taken = Taken.Later;
                lock (use.Content.Gate)
                {
                    settled = rounds.BeforeRebaseLocked(use.Content);
                    if (settled is null)
                    {
                        taken = RebaseLocked(path, item, links, isForced, use.Content);
                    }
                }

                if (settled is null)
                {
                    // Until the database says so too, nobody may load the file from there.
                    await tree.Commit.WhenDurableAsync();
                    return taken;
                }

                await settled;
                await Task.Yield();
            }
        }

        return Taken.Later;
    }

    private Taken RebaseLocked(byte[] path, TreeItem item, LinkGroups links, bool isForced, FileContent content)
    {
        if (!content.MayRebaseLocked)
        {
            return Taken.Later;
        }

        var old = new RangeSet();
        old.Add(new ByteRange(0, content.Size));

        // What readers found is of the old version, and is overwritten with the new one.
        content.Reads.SaveLocked(new ByteRange(0, ulong.MaxValue));
        Taken taken;
        lock (tree.Gate)
        {
            taken = TakeLocked(path, item, links, isForced, content, out _);
        }

        if (taken == Taken.Done)
        {
            GiveBack(content, old);
        }

        return taken;
    }

    private void GiveBack(FileContent content, RangeSet old)
    {
        try
        {
            content.PunchLocked(old);
        }
        catch (IOException e)
        {
            // The space stays taken until the new version is fetched over it.
            log.StagingFailed(e, content.Inode.Id);
        }
    }
}
