namespace Vfs.Core.Namespace;

/// <summary>POSIX permission rules as pure functions over an object's attributes. Under the namespace gate.</summary>
internal static class Permissions
{
    public const uint SetUid = 0x800;
    public const uint SetGid = 0x400;
    public const uint Sticky = 0x200;
    public const uint ModeMask = 0xFFF;

    private const uint Read = 4;
    private const uint Write = 2;
    private const uint Execute = 1;

    public static bool MayRead(Inode inode, Caller caller) => Has(inode, caller, Read);

    public static bool MayWrite(Inode inode, Caller caller) => Has(inode, caller, Write);

    /// <summary>Search a directory or run a file; root needs one x bit to run a file.</summary>
    public static bool MayExecute(Inode inode, Caller caller) => Has(inode, caller, Execute);

    /// <summary>
    /// READ of a file: the owner always may, because the client checked when it opened the file and the mode may have
    /// changed since (RFC 1813 section 4.4); who may execute a file may read its pages.
    /// </summary>
    public static bool MayReadData(Inode inode, Caller caller) =>
        caller.Uid == inode.Uid || MayRead(inode, caller) || MayExecute(inode, caller);

    /// <summary>WRITE of a file; the owner always may, as for reading.</summary>
    public static bool MayWriteData(Inode inode, Caller caller) => caller.Uid == inode.Uid || MayWrite(inode, caller);

    /// <summary>Whether names of a directory may be added: None or Access.</summary>
    public static VfsError CheckChangeNames(Inode directory, Caller caller) =>
        MayWrite(directory, caller) && MayExecute(directory, caller) ? VfsError.None : VfsError.Access;

    /// <summary>
    /// Whether a name of a directory may be removed: Access by the mode, Perm by the sticky bit, which leaves that to
    /// root and the owners of the directory and of the object.
    /// </summary>
    public static VfsError CheckRemoveName(Inode directory, Inode inode, Caller caller)
    {
        if (CheckChangeNames(directory, caller) is var error and not VfsError.None)
        {
            return error;
        }

        var isSticky = (directory.Mode & Sticky) != 0;
        return !isSticky || caller.IsRoot || caller.Uid == directory.Uid || caller.Uid == inode.Uid
            ? VfsError.None
            : VfsError.Perm;
    }

    /// <summary>
    /// Which of the asked bits are granted: what the call itself would be allowed. LOOKUP and DELETE for directories,
    /// EXECUTE for the others.
    /// </summary>
    public static AccessBits Grant(Inode inode, Caller caller, AccessBits asked)
    {
        var granted = AccessBits.None;
        if (MayRead(inode, caller))
        {
            granted |= AccessBits.Read;
        }

        if (inode.IsDirectory && CheckChangeNames(inode, caller) == VfsError.None)
        {
            granted |= AccessBits.Modify | AccessBits.Extend | AccessBits.Delete;
        }
        else if (!inode.IsDirectory && MayWrite(inode, caller))
        {
            granted |= AccessBits.Modify | AccessBits.Extend;
        }

        if (MayExecute(inode, caller))
        {
            granted |= inode.IsDirectory ? AccessBits.Lookup : AccessBits.Execute;
        }

        return granted & asked;
    }

    /// <summary>
    /// The mode after a change by somebody who is not root writes data: setuid goes, and setgid if the group may
    /// execute (without that bit it means mandatory locking, not a privilege).
    /// </summary>
    public static uint WithoutPrivilege(uint mode)
    {
        mode &= ~SetUid;
        return (mode & 0x8) != 0 ? mode & ~SetGid : mode;
    }

    private static bool Has(Inode inode, Caller caller, uint right)
    {
        if (caller.IsRoot)
        {
            return right != Execute || inode.IsDirectory || (inode.Mode & 0x49) != 0;
        }

        // The first class that fits decides, even if a later one would grant more.
        var shift = caller.Uid == inode.Uid ? 6 : caller.IsInGroup(inode.Gid) ? 3 : 0;
        return ((inode.Mode >> shift) & right) != 0;
    }
}
