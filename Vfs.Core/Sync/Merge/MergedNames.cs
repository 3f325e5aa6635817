using Cas.Client;
using Vfs.Core.Content;
using Vfs.Core.Namespace;

namespace Vfs.Core.Sync.Merge;

/// <summary>
/// Changes the tree here as the store's entries say, one name at a time. Nothing is marked, since the store has it, but
/// for the times of directories where <c>isMarked</c> says that the change was ours. Under the namespace gate.
/// </summary>
internal sealed class MergedNames(Tree tree, ContentRounds rounds)
{
    private List<Inode> _gone = [];

    /// <summary>Files that lost their last name since the last call.</summary>
    public List<Inode> GoneLocked()
    {
        var gone = _gone;
        _gone = [];
        return gone;
    }

    /// <summary>Whether an entry is a version of the object that has its path here, and not another object.</summary>
    public static bool IsSameObject(Inode inode, TreeEntry entry, LinkGroups links)
    {
        if (inode.Type != (InodeType)entry.Kind || inode.IsDirectory)
        {
            return inode.IsDirectory && entry.Kind == TreeEntryKind.Directory;
        }

        var isSame = (inode.DeviceMajor, inode.DeviceMinor) == (entry.DeviceMajor, entry.DeviceMinor)
            && inode.Target.AsSpan().SequenceEqual(entry.Target.Span);
        return isSame && (LinkGroups.IsLinked(entry) ? links.TryClaim(entry, inode.Id) : inode.LinkCount == 1);
    }

    /// <summary>A new name, of a new object or of one that has other names.</summary>
    public void AddLocked(Inode directory, byte[] name, TreeEntry entry, LinkGroups links, bool isMarked)
    {
        var now = tree.Now;
        if (tree.Inodes.GetLocked(links.Find(entry)) is { } linked && linked.LinkCount < VfsLimits.LinkCountMax)
        {
            tree.AddNameLocked(directory, name, linked, isMarked: false);
            linked.LinkCount++;
            linked.TouchCtime(now);
            tree.Commit.ChangeLocked(linked);
        }
        else
        {
            var made = StoredObject.MakeLocked(tree, entry);
            tree.AddNameLocked(directory, name, made, isMarked: false);
            directory.LinkCount += made.IsDirectory ? 1u : 0u;
            if (LinkGroups.IsLinked(entry))
            {
                links.TryClaim(entry, made.Id);
            }
        }

        NamesChangedLocked(directory, now, isMarked);
    }

    /// <summary>A name goes; the object goes with its last.</summary>
    public void RemoveLocked(Inode directory, byte[] name, Inode inode, bool isMarked)
    {
        var now = tree.Now;
        tree.RemoveNameLocked(directory, name, isMarked: false);
        if (inode.IsDirectory)
        {
            directory.LinkCount--;
            tree.DropDirectoryLocked(inode);
        }
        else
        {
            tree.DropLinkLocked(inode, now, isMarked: false);
            if (inode.IsRemoved)
            {
                _gone.Add(inode);
            }
        }

        NamesChangedLocked(directory, now, isMarked);
    }

    /// <summary>
    /// Attributes as far as they changed since what is known, and the bytes of a content that is held, which is clean.
    /// </summary>
    public void UpdateLocked(Inode inode, TreeEntry? known, TreeEntry entry, FileContent? held)
    {
        var now = tree.Now;
        var mtime = inode.Mtime;
        known ??= TreeEntryMap.ToEntryLocked(inode, entry.Content, default);
        var hasChanged = TreeEntryMap.Merge(known, entry, inode, keepsOurs: false);
        if (held is not null && held.Base != entry.Content)
        {
            held.RebaseLocked(entry.Content);
            rounds.SayRebasedLocked(held);
            inode.Size = held.Size;
            inode.CreateVerifier = null;
            hasChanged = true;

            // Clients keep what they have of a file whose mtime is the same.
            if (inode.Mtime == mtime)
            {
                inode.TouchData(now);
            }
        }

        if (hasChanged)
        {
            inode.TouchCtime(now);
            tree.Commit.ChangeLocked(inode);
        }
    }

    /// <summary>
    /// Moves a directory's times, so that clients look at its names again. The store has times of its own for changes of
    /// others; those that we made of it are sent.
    /// </summary>
    private void NamesChangedLocked(Inode directory, Timestamp now, bool isMarked)
    {
        directory.TouchData(now);
        tree.Commit.ChangeLocked(directory);
        if (isMarked)
        {
            tree.Marks.AddInodeLocked(directory.Id);
        }
    }
}
