using Vfs.Core.Namespace;

namespace Vfs.Core.Operations;

/// <summary>What operations share: finding objects and waiting for their batch.</summary>
internal static class Outcome
{
    /// <summary>What became of a batch; null stands for one that is durable already.</summary>
    public static ValueTask<VfsError> WhenDurableAsync(Task<VfsError>? batch) =>
        batch is null ? ValueTask.FromResult(VfsError.None) : new ValueTask<VfsError>(batch);

    /// <summary>Records a call in the batch of its change; what to wait for before it is answered.</summary>
    public static Task<VfsError>? RecordLocked(Tree tree, Caller caller, in RequestOutcome outcome)
    {
        tree.Requests.DoneLocked(caller, outcome);
        return tree.Commit.PendingLocked();
    }

    /// <summary>Attributes of a directory with what they were before.</summary>
    public static WccData Wcc(WccAttributes before, Inode inode) => new(before, inode.ToAttributes());

    /// <summary>Attributes of an object that was not changed.</summary>
    public static WccData Unchanged(Inode inode) => new(inode.ToWcc(), inode.ToAttributes());

    /// <summary>
    /// A directory in which the caller may search, with its names; on an error the directory is null only if it is
    /// gone.
    /// </summary>
    public static VfsError FindDirectoryLocked(Tree tree, Caller caller, InodeId id, out Inode? directory)
    {
        var error = tree.Inodes.GetDirectoryLocked(id, out var found);
        directory = error == VfsError.Stale ? null : found;
        if (error != VfsError.None)
        {
            return error;
        }

        return Permissions.MayExecute(found, caller) ? VfsError.None : VfsError.Access;
    }
}
