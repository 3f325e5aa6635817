using Vfs.Core.Namespace;

namespace Vfs.Core.Operations;

/// <summary>RENAME (RFC 1813 section 3.3.14): atomic, replaces the target.</summary>
internal static class Rename
{
    /// <summary>The outcome, and the replaced object if its last name went.</summary>
    public static async ValueTask<(RenameResult Result, Inode? Gone)> RunAsync(
        Tree tree, Caller caller, InodeId fromId, FileName fromName, InodeId toId, FileName toName)
    {
        if (tree.Requests.WasDone(caller, out var done))
        {
            return (new RenameResult(VfsError.None, done.First, done.Second), null);
        }

        tree.Inodes.PreloadDirectory(fromId);
        tree.Inodes.PreloadDirectory(toId);
        RenameResult result;
        Inode? gone = null;
        Task<VfsError>? batch;
        lock (tree.Gate)
        {
            var error = Outcome.FindDirectoryLocked(tree, caller, fromId, out var from);
            var toError = Outcome.FindDirectoryLocked(tree, caller, toId, out var to);
            error = error == VfsError.None ? toError : error;
            var (fromBefore, toBefore) = (from?.ToWcc(), to?.ToWcc());
            if (error == VfsError.None)
            {
                error = RunLocked(tree, caller, from!, fromName, to!, toName, out gone);
            }

            result = new RenameResult(
                error, new WccData(fromBefore, from?.ToAttributes()), new WccData(toBefore, to?.ToAttributes()));
            batch = error == VfsError.None
                ? Outcome.RecordLocked(tree, caller, new(null, result.From, result.To))
                : null;
        }

        var outcome = await Outcome.WhenDurableAsync(batch);
        return (outcome == VfsError.None ? result : result with { Error = outcome }, gone);
    }

    private static VfsError RunLocked(
        Tree tree, Caller caller, Inode from, FileName fromName, Inode to, FileName toName, out Inode? gone)
    {
        gone = null;
        if (fromName.IsDot || fromName.IsDotDot || toName.IsDot || toName.IsDotDot)
        {
            return VfsError.Inval;
        }

        if (tree.Inodes.GetLocked(from.Entries!.Find(fromName.Bytes)) is not { } moved)
        {
            return VfsError.NoEnt;
        }

        var replaced = tree.Inodes.GetLocked(to.Entries!.Find(toName.Bytes));
        var error = CheckLocked(tree, caller, from, moved, to, replaced);
        if (error != VfsError.None || moved == replaced)
        {
            // Two names of one object: POSIX has nothing happen, and both names stay.
            return error;
        }

        MoveLocked(tree, from, fromName, moved, to, toName, replaced);
        gone = replaced is { IsRemoved: true } ? replaced : null;
        return VfsError.None;
    }

    private static VfsError CheckLocked(
        Tree tree, Caller caller, Inode from, Inode moved, Inode to, Inode? replaced)
    {
        var error = Permissions.CheckRemoveName(from, moved, caller);
        if (error == VfsError.None)
        {
            error = replaced is null
                ? Permissions.CheckChangeNames(to, caller)
                : Permissions.CheckRemoveName(to, replaced, caller);
        }

        if (error != VfsError.None)
        {
            return error;
        }

        if (moved.IsDirectory && IsAtOrBelowLocked(tree, to, moved))
        {
            return VfsError.Inval;
        }

        // The moved directory's ".." changes, which is a write into it.
        if (moved.IsDirectory && from != to && !Permissions.MayWrite(moved, caller))
        {
            return VfsError.Access;
        }

        return replaced is null ? CheckLinks(moved, from, to) : CheckReplaceLocked(tree, moved, replaced);
    }

    private static VfsError CheckLinks(Inode moved, Inode from, Inode to) =>
        moved.IsDirectory && from != to && to.LinkCount >= VfsLimits.LinkCountMax ? VfsError.MLink : VfsError.None;

    private static VfsError CheckReplaceLocked(Tree tree, Inode moved, Inode replaced)
    {
        if (moved.IsDirectory != replaced.IsDirectory)
        {
            return moved.IsDirectory ? VfsError.NotDir : VfsError.IsDir;
        }

        return replaced.IsDirectory && replaced != moved && !tree.IsEmptyLocked(replaced)
            ? VfsError.NotEmpty
            : VfsError.None;
    }

    private static void MoveLocked(
        Tree tree, Inode from, FileName fromName, Inode moved, Inode to, FileName toName, Inode? replaced)
    {
        var now = tree.Now;
        tree.RemoveNameLocked(from, fromName.Bytes);
        if (moved.IsDirectory)
        {
            from.LinkCount--;
            to.LinkCount++;
        }

        // Everything below a moved directory has new paths in the store.
        if (replaced is null)
        {
            tree.AddNameLocked(to, toName.Bytes, moved, isSubtree: moved.IsDirectory);
        }
        else
        {
            tree.ReplaceNameLocked(to, toName.Bytes, moved, isSubtree: moved.IsDirectory);
            Remove.ForgetLocked(tree, to, replaced, now);
        }

        moved.TouchCtime(now);
        tree.Commit.ChangeLocked(moved);
        tree.NamesChangedLocked(from, now);
        if (to != from)
        {
            tree.NamesChangedLocked(to, now);
        }
    }

    /// <summary>Whether <paramref name="directory"/> is <paramref name="ancestor"/> or lies below it.</summary>
    private static bool IsAtOrBelowLocked(Tree tree, Inode directory, Inode ancestor)
    {
        for (var at = directory; ; at = tree.Inodes.GetLocked(at.Parent)!)
        {
            if (at == ancestor)
            {
                return true;
            }

            if (at.Id == InodeId.Root)
            {
                return false;
            }
        }
    }
}
