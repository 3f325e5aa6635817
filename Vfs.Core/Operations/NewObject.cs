using Vfs.Core.Namespace;

namespace Vfs.Core.Operations;

/// <summary>Owner, group and mode of new objects, and the check of what a client asked them to be.</summary>
internal static class NewObject
{
    /// <summary>None, or why these initial attributes cannot be given by this caller.</summary>
    public static VfsError Check(Caller caller, AttributeChanges initial)
    {
        if (initial.Uid == uint.MaxValue || initial.Gid == uint.MaxValue)
        {
            return VfsError.Inval;
        }

        if (caller.IsRoot)
        {
            return VfsError.None;
        }

        var isForeign = (initial.Uid is { } uid && uid != caller.Uid)
            || (initial.Gid is { } gid && !caller.IsInGroup(gid));
        return isForeign ? VfsError.Perm : VfsError.None;
    }

    /// <summary>Makes the object with its attributes; its name is the caller's to add.</summary>
    public static Inode MakeLocked(
        Tree tree, Caller caller, Inode directory, InodeType type, AttributeChanges initial, uint modeDefault)
    {
        var inode = tree.NewInodeLocked(type);
        var inheritsGroup = (directory.Mode & Permissions.SetGid) != 0;
        inode.Uid = initial.Uid ?? caller.Uid;
        inode.Gid = initial.Gid ?? (inheritsGroup ? directory.Gid : caller.Gid);
        inode.Mode = (initial.Mode ?? modeDefault) & Permissions.ModeMask;
        if (type == InodeType.Directory && inheritsGroup)
        {
            inode.Mode |= Permissions.SetGid;
        }
        else if (!caller.IsRoot && !caller.IsInGroup(inode.Gid))
        {
            inode.Mode &= ~Permissions.SetGid;
        }

        if (initial.Atime.Kind == TimeChangeKind.SetToClientTime)
        {
            inode.Atime = initial.Atime.Value;
        }

        if (initial.Mtime.Kind == TimeChangeKind.SetToClientTime)
        {
            inode.Mtime = initial.Mtime.Value;
        }

        return inode;
    }
}
