using Vfs.Core.Namespace;

namespace Vfs.Core.Operations;

/// <summary>CREATE (RFC 1813 section 3.3.8): makes a regular file or takes the one that is there.</summary>
internal static class Create
{
    // EXCLUSIVE carries no attributes; until the client sets them, only the owner gets in.
    private const uint ExclusiveMode = 0x180;
    private const uint DefaultMode = 0x1A4;

    /// <summary>
    /// The outcome. An UNCHECKED create of an existing file reports it unchanged: the caller of this method truncates
    /// it if a size was asked for.
    /// </summary>
    public static async ValueTask<(CreateResult Result, bool Existed)> RunAsync(
        Tree tree, Caller caller, InodeId directoryId, FileName name, CreateMode mode, AttributeChanges initial,
        ulong verifier)
    {
        if (tree.Requests.WasDone(caller, out var done))
        {
            return (new CreateResult(VfsError.None, done.Object, done.First), false);
        }

        tree.Inodes.PreloadDirectory(directoryId);
        CreateResult result;
        bool existed;
        Task<VfsError>? batch;
        lock (tree.Gate)
        {
            (result, existed) = RunLocked(tree, caller, directoryId, name, mode, initial, verifier);

            // A file that was there may be from a call that is not durable yet and is now sent again.
            batch = result.Error == VfsError.None ? tree.Commit.PendingLocked() : null;
        }

        var error = await Outcome.WhenDurableAsync(batch);
        return error == VfsError.None ? (result, existed) : (new CreateResult(error, null, result.Directory), existed);
    }

    private static (CreateResult Result, bool Existed) RunLocked(
        Tree tree, Caller caller, InodeId directoryId, FileName name, CreateMode mode, AttributeChanges initial,
        ulong verifier)
    {
        var error = Outcome.FindDirectoryLocked(tree, caller, directoryId, out var directory);
        if (error != VfsError.None)
        {
            return (Failed(error, directory), false);
        }

        if (name.IsDot || name.IsDotDot)
        {
            return (Failed(VfsError.Exist, directory), false);
        }

        var id = directory!.Entries!.Find(name.Bytes);
        if (id != default && tree.Inodes.GetLocked(id) is { } existing)
        {
            var isTaken = mode switch
            {
                CreateMode.Unchecked => existing.Type == InodeType.Regular,
                CreateMode.Guarded => false,
                CreateMode.Exclusive => existing.Type == InodeType.Regular && existing.CreateVerifier == verifier,
            };
            return isTaken
                ? (new CreateResult(VfsError.None, existing.ToAttributes(), Outcome.Unchanged(directory)), true)
                : (Failed(VfsError.Exist, directory), true);
        }

        error = Permissions.CheckChangeNames(directory, caller);
        error = error == VfsError.None && mode != CreateMode.Exclusive ? NewObject.Check(caller, initial) : error;
        if (error != VfsError.None)
        {
            return (Failed(error, directory), false);
        }

        return (MakeLocked(tree, caller, directory, name, mode, initial, verifier), false);
    }

    private static CreateResult MakeLocked(
        Tree tree, Caller caller, Inode directory, FileName name, CreateMode mode, AttributeChanges initial,
        ulong verifier)
    {
        var before = directory.ToWcc();
        var isExclusive = mode == CreateMode.Exclusive;
        var inode = NewObject.MakeLocked(
            tree, caller, directory, InodeType.Regular, isExclusive ? default : initial,
            isExclusive ? ExclusiveMode : DefaultMode);
        inode.CreateVerifier = isExclusive ? verifier : null;
        tree.AddNameLocked(directory, name.Bytes, inode);
        tree.NamesChangedLocked(directory, inode.Ctime);
        var result = new CreateResult(VfsError.None, inode.ToAttributes(), Outcome.Wcc(before, directory));
        tree.Requests.DoneLocked(caller, new RequestOutcome(result.Object, result.Directory));
        return result;
    }

    private static CreateResult Failed(VfsError error, Inode? directory) =>
        new(error, null, directory is null ? default : Outcome.Unchanged(directory));
}
