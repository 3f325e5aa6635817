using Vfs.Core.Namespace;

namespace Vfs.Core.Operations;

/// <summary>GETATTR, ACCESS and READLINK: answers from memory that change nothing.</summary>
internal static class Inspect
{
    public static VfsResult<Attributes> GetAttributes(Tree tree, InodeId id)
    {
        lock (tree.Gate)
        {
            tree.Inodes.TrimLocked();
            return tree.Inodes.GetLocked(id) is { } inode ? inode.ToAttributes() : VfsError.Stale;
        }
    }

    public static AccessResult CheckAccess(Tree tree, Caller caller, InodeId id, AccessBits asked)
    {
        lock (tree.Gate)
        {
            return tree.Inodes.GetLocked(id) is { } inode
                ? new AccessResult(VfsError.None, Permissions.Grant(inode, caller, asked), inode.ToAttributes())
                : new AccessResult(VfsError.Stale, AccessBits.None, null);
        }
    }

    public static ReadLinkResult ReadLink(Tree tree, InodeId id)
    {
        lock (tree.Gate)
        {
            return tree.Inodes.GetLocked(id) switch
            {
                null => new ReadLinkResult(VfsError.Stale, default, null),
                { Type: InodeType.SymbolicLink } link =>
                    new ReadLinkResult(VfsError.None, link.Target, link.ToAttributes()),
                var other => new ReadLinkResult(VfsError.Inval, default, other.ToAttributes()),
            };
        }
    }
}
