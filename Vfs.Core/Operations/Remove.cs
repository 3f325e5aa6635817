using Vfs.Core.Namespace;

namespace Vfs.Core.Operations;

/// <summary>REMOVE and RMDIR (RFC 1813 sections 3.3.12 and 3.3.13).</summary>
internal static class Remove
{
    /// <summary>The outcome, and the object if its last name went.</summary>
    public static async ValueTask<(ChangeResult Result, Inode? Gone)> RunAsync(
        Tree tree, Caller caller, InodeId directoryId, FileName name, bool wantsDirectory)
    {
        if (tree.Requests.WasDone(caller, out var done))
        {
            return (new ChangeResult(VfsError.None, done.First), null);
        }

        tree.Inodes.PreloadDirectory(directoryId);
        ChangeResult result;
        Inode? gone = null;
        Task<VfsError>? batch;
        lock (tree.Gate)
        {
            var error = Outcome.FindDirectoryLocked(tree, caller, directoryId, out var directory);
            var before = directory?.ToWcc();
            if (error == VfsError.None)
            {
                error = RunLocked(tree, caller, directory!, name, wantsDirectory, out gone);
            }

            result = new ChangeResult(error, new WccData(before, directory?.ToAttributes()));
            batch = error == VfsError.None ? Outcome.RecordLocked(tree, caller, new(null, result.Wcc)) : null;
        }

        var outcome = await Outcome.WhenDurableAsync(batch);
        return (outcome == VfsError.None ? result : result with { Error = outcome }, gone);
    }

    private static VfsError RunLocked(
        Tree tree, Caller caller, Inode directory, FileName name, bool wantsDirectory, out Inode? gone)
    {
        gone = null;
        if (name.IsDot || name.IsDotDot)
        {
            return wantsDirectory ? VfsError.Inval : VfsError.IsDir;
        }

        var id = directory.Entries!.Find(name.Bytes);
        if (id == default || tree.Inodes.GetLocked(id) is not { } inode)
        {
            return VfsError.NoEnt;
        }

        if (Permissions.CheckRemoveName(directory, inode, caller) is var error and not VfsError.None)
        {
            return error;
        }

        if (wantsDirectory != inode.IsDirectory)
        {
            return wantsDirectory ? VfsError.NotDir : VfsError.IsDir;
        }

        if (inode.IsDirectory && !tree.IsEmptyLocked(inode))
        {
            return VfsError.NotEmpty;
        }

        var now = tree.Now;
        tree.RemoveNameLocked(directory, name.Bytes);
        ForgetLocked(tree, directory, inode, now);
        tree.NamesChangedLocked(directory, now);
        gone = inode.IsRemoved ? inode : null;
        return VfsError.None;
    }

    /// <summary>Link counts after a name of <paramref name="inode"/> went from <paramref name="directory"/>.</summary>
    public static void ForgetLocked(Tree tree, Inode directory, Inode inode, Timestamp now)
    {
        if (inode.IsDirectory)
        {
            directory.LinkCount--;
            tree.DropDirectoryLocked(inode);
        }
        else
        {
            tree.DropLinkLocked(inode, now);
        }
    }
}
