using Cas.Client;
using Vfs.Core.Content;
using Vfs.Core.Metadata;
using Vfs.Core.Namespace;
using Vfs.Core.Ranges;

namespace Vfs.Core.Sync.Merge;

/// <summary>Makes objects here of entries of the store's tree.</summary>
internal static class StoredObject
{
    /// <summary>Why an entry cannot be served under a name; null if it can.</summary>
    public static string? ProblemOf(TreeEntry entry, byte[] name)
    {
        if (FileName.TryCreate(name, out var checkedName) != VfsError.None || checkedName.IsDot || checkedName.IsDotDot)
        {
            return "has a name that files here cannot have";
        }

        return Enum.IsDefined(entry.Kind) ? null : "is of an unknown kind";
    }

    /// <summary>A new object; its name, and the link count of the directory of that, are the caller's.</summary>
    public static Inode MakeLocked(Tree tree, TreeEntry entry)
    {
        var inode = tree.NewInodeLocked((InodeType)entry.Kind);
        TreeEntryMap.Apply(entry, inode);
        if (inode.Type == InodeType.Regular)
        {
            inode.Arrived = new StoredContent(
                entry.Content.Size, entry.Content, FileContent.FirstEpoch, true, new RangeSet(), new RangeSet(), 0);
            var none = RangeSetCodec.Encode(new RangeSet());
            tree.Commit.OpenLocked().Contents.Add(new ContentRow(
                inode.Id, entry.Content.Size, entry.Content, FileContent.FirstEpoch, true, 0, none, none));
        }

        return inode;
    }
}
