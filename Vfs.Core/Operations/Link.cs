using Vfs.Core.Namespace;

namespace Vfs.Core.Operations;

/// <summary>LINK (RFC 1813 section 3.3.15): one more name for an object that is not a directory.</summary>
internal static class Link
{
    public static async ValueTask<LinkResult> RunAsync(
        Tree tree, Caller caller, InodeId id, InodeId directoryId, FileName name)
    {
        if (tree.Requests.WasDone(caller, out var done))
        {
            return new LinkResult(VfsError.None, done.Object, done.First);
        }

        tree.Inodes.PreloadDirectory(directoryId);
        LinkResult result;
        Task<VfsError>? batch;
        lock (tree.Gate)
        {
            var inode = tree.Inodes.GetLocked(id);
            var error = Outcome.FindDirectoryLocked(tree, caller, directoryId, out var directory);
            var before = directory?.ToWcc();
            error = inode is null ? VfsError.Stale : error;
            if (error == VfsError.None)
            {
                error = RunLocked(tree, caller, inode!, directory!, name);
            }

            result = new LinkResult(
                error, inode?.ToAttributes(), new WccData(before, directory?.ToAttributes()));
            batch = error == VfsError.None
                ? Outcome.RecordLocked(tree, caller, new(result.Object, result.Directory))
                : null;
        }

        var outcome = await Outcome.WhenDurableAsync(batch);
        return outcome == VfsError.None ? result : result with { Error = outcome };
    }

    private static VfsError RunLocked(Tree tree, Caller caller, Inode inode, Inode directory, FileName name)
    {
        if (inode.IsDirectory)
        {
            return VfsError.IsDir;
        }

        if (name.IsDot || name.IsDotDot || directory.Entries!.Find(name.Bytes) != default)
        {
            return VfsError.Exist;
        }

        if (Permissions.CheckChangeNames(directory, caller) is var error and not VfsError.None)
        {
            return error;
        }

        if (inode.LinkCount >= VfsLimits.LinkCountMax)
        {
            return VfsError.MLink;
        }

        var now = tree.Now;
        inode.LinkCount++;
        inode.TouchCtime(now);
        tree.AddNameLocked(directory, name.Bytes, inode);

        // The names that the file had before become links in the store too.
        tree.ChangedLocked(inode);
        tree.NamesChangedLocked(directory, now);
        return VfsError.None;
    }
}
