using Cas.Client;
using Vfs.Core.Namespace;

namespace Vfs.Core.Sync;

/// <summary>Where the tree here differs from what the store's tree is known to hold, a name at a time.</summary>
internal sealed class TreeComparison(Tree tree, IRemoteTree remote, LinkNumbers links)
{
    /// <summary>What is at a name, and its path; null if the directory is gone, and then another mark covers it.</summary>
    public (byte[] Path, Inode? Inode)? Look(InodeId directory, byte[] name)
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
                : (Paths.Append(path, name), tree.Inodes.GetLocked(holder.Entries!.FindExact(name)));
        }
    }

    /// <summary>The names that a mark is about, as (directory, name); the root has none and is ("root", "").</summary>
    public List<(InodeId Directory, byte[] Name)> NamesOf(Mark mark)
    {
        if (mark.Name is { } marked)
        {
            return [(mark.Inode, marked)];
        }

        return mark.Inode == InodeId.Root ? [(InodeId.Root, [])] : tree.Reader.LoadNames(mark.Inode);
    }

    /// <summary>What makes the store's tree agree on an object with the given content; null if it does.</summary>
    public TreeChange? ChangeFor(byte[] path, Inode inode, ContentId content)
    {
        TreeEntry entry;
        lock (tree.Gate)
        {
            if (inode.IsRemoved)
            {
                return null;
            }

            entry = TreeEntryMap.ToEntryLocked(inode, content, links);
        }

        var known = tree.Reader.LoadRemote(path);
        if (remote.Kept(entry) is not { } kept)
        {
            // What the store cannot hold stays here, and what it had under this name is gone.
            return known is { } replaced ? new TreeChange(path, null, replaced.Version) : null;
        }

        return known is { } same && same.Entry.AsSpan().SequenceEqual(TreeEntryMap.Encode(kept))
            ? null
            : new TreeChange(path, kept, known?.Version ?? TreeVersion.Absent);
    }

    /// <summary>What takes a path that is not here out of the store's tree; null if it has no such path.</summary>
    public TreeChange? ChangeForNone(byte[] path)
    {
        if (tree.Reader.LoadRemote(path) is { } known)
        {
            return new TreeChange(path, null, known.Version);
        }

        // Perhaps it is there. If so, the commit meets our own entry and takes its version.
        return tree.Reader.IsSending(path) ? new TreeChange(path, null, TreeVersion.Absent) : null;
    }
}
