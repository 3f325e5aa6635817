using Vfs.Core.Namespace;

namespace Vfs.Core.Operations;

/// <summary>MKDIR, SYMLINK and MKNOD (RFC 1813 sections 3.3.9 to 3.3.11): one new object under a free name.</summary>
internal static class Make
{
    /// <summary>What to make.</summary>
    /// <param name="Type">Anything but a regular file.</param>
    /// <param name="Target">Text of a symbolic link.</param>
    /// <param name="DeviceMajor">Major number of a device.</param>
    /// <param name="DeviceMinor">Minor number of a device.</param>
    public readonly record struct Kind(
        InodeType Type, ReadOnlyMemory<byte> Target = default, uint DeviceMajor = 0, uint DeviceMinor = 0);

    public static async ValueTask<CreateResult> RunAsync(
        Tree tree, Caller caller, InodeId directoryId, FileName name, Kind kind, AttributeChanges initial)
    {
        if (tree.Requests.WasDone(caller, out var done))
        {
            return new CreateResult(VfsError.None, done.Object, done.First);
        }

        tree.Inodes.PreloadDirectory(directoryId);
        CreateResult result;
        Task<VfsError>? batch;
        lock (tree.Gate)
        {
            result = RunLocked(tree, caller, directoryId, name, kind, initial);
            batch = result.Error == VfsError.None ? tree.Commit.PendingLocked() : null;
        }

        var error = await Outcome.WhenDurableAsync(batch);
        return error == VfsError.None ? result : new CreateResult(error, null, result.Directory);
    }

    private static CreateResult RunLocked(
        Tree tree, Caller caller, InodeId directoryId, FileName name, Kind kind, AttributeChanges initial)
    {
        var error = Outcome.FindDirectoryLocked(tree, caller, directoryId, out var directory);
        if (error != VfsError.None)
        {
            return new CreateResult(error, null, directory is null ? default : Outcome.Unchanged(directory));
        }

        error = CheckLocked(caller, directory!, name, kind, initial);
        if (error != VfsError.None)
        {
            return new CreateResult(error, null, Outcome.Unchanged(directory!));
        }

        var before = directory!.ToWcc();
        var inode = NewObject.MakeLocked(tree, caller, directory, kind.Type, initial, DefaultMode(kind.Type));
        inode.DeviceMajor = kind.DeviceMajor;
        inode.DeviceMinor = kind.DeviceMinor;
        if (kind.Type == InodeType.SymbolicLink)
        {
            inode.Target = kind.Target.ToArray();
            inode.Size = (ulong)kind.Target.Length;
            inode.Mode = DefaultMode(kind.Type);
        }

        if (kind.Type == InodeType.Directory)
        {
            directory.LinkCount++;
        }

        tree.AddNameLocked(directory, name.Bytes, inode);
        tree.NamesChangedLocked(directory, inode.Ctime);
        var result = new CreateResult(VfsError.None, inode.ToAttributes(), Outcome.Wcc(before, directory));
        tree.Requests.DoneLocked(caller, new RequestOutcome(result.Object, result.Directory));
        return result;
    }

    private static VfsError CheckLocked(
        Caller caller, Inode directory, FileName name, Kind kind, AttributeChanges initial)
    {
        if (name.IsDot || name.IsDotDot || directory.Entries!.Find(name.Bytes) != default)
        {
            return VfsError.Exist;
        }

        if (Permissions.CheckChangeNames(directory, caller) is var error and not VfsError.None)
        {
            return error;
        }

        return kind.Type switch
        {
            InodeType.Regular => VfsError.BadType,
            InodeType.SymbolicLink when kind.Target.IsEmpty => VfsError.Inval,
            InodeType.SymbolicLink when kind.Target.Length > VfsLimits.SymlinkBytesMax => VfsError.NameTooLong,
            InodeType.Directory when directory.LinkCount >= VfsLimits.LinkCountMax => VfsError.MLink,
            InodeType.BlockDevice or InodeType.CharacterDevice when !caller.IsRoot => VfsError.Perm,
            InodeType.SymbolicLink or InodeType.Directory or InodeType.BlockDevice or InodeType.CharacterDevice
                or InodeType.Socket or InodeType.Fifo => NewObject.Check(caller, initial),
        };
    }

    private static uint DefaultMode(InodeType type) => type switch
    {
        InodeType.SymbolicLink => 0x1FF,
        InodeType.Directory => 0x1ED,
        InodeType.Regular or InodeType.BlockDevice or InodeType.CharacterDevice or InodeType.Socket
            or InodeType.Fifo => 0x1A4,
    };
}
