using System.Text;
using Cas.Client;
using Microsoft.Extensions.Logging;
using Vfs.Core.Content;
using Vfs.Core.Namespace;

namespace Vfs.Core.Sync.Merge;

/// <summary>
/// Decides what becomes of a path that another writer changed in the store while it was changed here. Nothing is sent:
/// the decision is a change of the tree here and of what is known of the store, in one batch, and the next comparison
/// finds what it means.
/// </summary>
internal sealed class Conflicts(
    Tree tree, ContentTable contents, TreeMerge merge, ConflictPolicy policy, string host, ILogger log)
{
    private ulong _count;

    /// <summary>Paths that had two versions, neither of which was in the other.</summary>
    public ulong Count => Volatile.Read(ref _count);

    /// <summary>
    /// A change of ours met a version in the store that it was not based on. Afterwards the path can be compared again.
    /// </summary>
    public async Task SettleAsync(TreeItem theirs)
    {
        var path = theirs.Path.ToArray();
        Inode? inode;
        lock (tree.Gate)
        {
            tree.Inodes.TrimLocked();
            inode = Located.FindLocked(tree, path, _ => false).Inode;
        }

        if (inode is null)
        {
            await SettleRemovalAsync(path, theirs);
            return;
        }

        var known = merge.KnownAt(path);
        switch (Compare(inode, known, theirs.Entry))
        {
            case Difference.OursIsNewer:
                Adopt(path, theirs, known);
                break;
            case Difference.TheirsIsNewer:
                if (await merge.TakeAsync(theirs, new LinkGroups(), isForced: true) == Taken.IsInTheWay)
                {
                    KeepBoth(theirs, inode.Id);
                }

                break;
            case Difference.Both:
                SettleBoth(path, inode, theirs);
                break;
        }

        await merge.SettleAsync();
    }

    /// <summary>Keeps both versions of a path, whatever the policy: theirs is no directory, and ours is one.</summary>
    public void KeepBoth(TreeItem theirs, InodeId ours)
    {
        byte[] aside = [];
        var taken = merge.TakeBeside(theirs, ours, (directory, name) => aside = ConflictName.Of(
            name, host, tree.Clock.GetUtcNow(), made => directory.Entries!.Find(made) != default));
        if (taken == Taken.Done)
        {
            Note(theirs.Path, $"ours is '{Encoding.UTF8.GetString(aside)}'");
        }
    }

    /// <summary>We removed what another writer changed: it is here again, unless ours is to win.</summary>
    private async Task SettleRemovalAsync(byte[] path, TreeItem theirs)
    {
        if (policy == ConflictPolicy.Ours)
        {
            Adopt(path, theirs);
        }
        else
        {
            ClearTheWay(path);
            await merge.TakeAsync(theirs, new LinkGroups(), isForced: true);
            await merge.SettleAsync();
        }

        if (theirs.Entry.Kind != TreeEntryKind.Directory)
        {
            Note(path, policy == ConflictPolicy.Ours ? "removed" : "it is there again");
        }
    }

    private void SettleBoth(byte[] path, Inode inode, TreeItem theirs)
    {
        // A directory is not thrown away for a file, nor a file for a directory that somebody may need.
        var canChoose = !inode.IsDirectory && theirs.Entry.Kind != TreeEntryKind.Directory;
        if (policy == ConflictPolicy.KeepBoth || !canChoose)
        {
            KeepBoth(theirs, inode.Id);
        }
        else if (policy == ConflictPolicy.Ours)
        {
            Adopt(path, theirs);
            Note(path, "ours replaces theirs");
        }
        else if (merge.TakeInstead(theirs, inode.Id) == Taken.Done)
        {
            Note(path, "theirs replaces ours");
        }
    }

    /// <summary>Where a path leads through a file of ours, that gives its place to the directory that it replaced.</summary>
    private void ClearTheWay(byte[] path)
    {
        for (var end = path.AsSpan().IndexOf((byte)'/'); end > 0; end = NextSlash(path, end))
        {
            var way = path[..end];
            Inode? inode;
            lock (tree.Gate)
            {
                inode = Located.FindLocked(tree, way, _ => false).Inode;
            }

            if (inode is { IsDirectory: false } && tree.Reader.LoadRemote(way) is { } known
                && TreeEntryMap.Decode(known.Entry) is { Kind: TreeEntryKind.Directory } directory)
            {
                KeepBoth(new TreeItem(way, directory, known.Version), inode.Id);
            }
        }
    }

    private static int NextSlash(byte[] path, int after)
    {
        var next = path.AsSpan(after + 1).IndexOf((byte)'/');
        return next < 0 ? next : after + 1 + next;
    }

    private Difference Compare(Inode inode, TreeEntry? known, TreeEntry theirs)
    {
        if (inode.IsDirectory && theirs.Kind == TreeEntryKind.Directory)
        {
            return Difference.OursIsNewer;
        }

        // Without the namespace gate, which is taken under a content's.
        var content = inode.Type == InodeType.Regular ? contents.Peek(inode.Id) : default;
        TreeEntry ours;
        lock (tree.Gate)
        {
            ours = TreeEntryMap.ToEntryLocked(inode, content.Base, default);
        }

        if (TreeEntryMap.HasSameContent(ours, theirs)
            || (known is not null && TreeEntryMap.HasSameContent(known, theirs) && known.Kind == ours.Kind))
        {
            return Difference.OursIsNewer;
        }

        return known is not null && !content.IsDirty && TreeEntryMap.HasSameContent(known, ours)
            ? Difference.TheirsIsNewer
            : Difference.Both;
    }

    /// <summary>
    /// The store's version counts as known: the next commit replaces it. Of its attributes those stay that were not
    /// changed here since <paramref name="known"/>.
    /// </summary>
    private void Adopt(byte[] path, TreeItem theirs, TreeEntry? known = null)
    {
        lock (tree.Gate)
        {
            tree.Inodes.TrimLocked();
            if (known is not null && Located.FindLocked(tree, path, _ => false).Inode is { } inode
                && TreeEntryMap.Merge(known, theirs.Entry, inode, keepsOurs: true))
            {
                inode.TouchCtime(tree.Now);
                tree.Commit.ChangeLocked(inode);
            }

            merge.KnowLocked(path, theirs.Version, theirs.Entry);
        }
    }

    private void Note(ReadOnlyMemory<byte> path, string outcome)
    {
        Interlocked.Increment(ref _count);
        log.ConflictSettled(Encoding.UTF8.GetString(path.Span), outcome);
    }

    /// <summary>How our version of a path and the store's differ from the last that both had.</summary>
    private enum Difference : byte
    {
        /// <summary>No bytes of theirs would be lost.</summary>
        OursIsNewer,

        /// <summary>No bytes of ours would be lost.</summary>
        TheirsIsNewer,

        Both,
    }
}
