using Vfs.Core.Namespace;

namespace Vfs.Core.Operations;

/// <summary>LOOKUP (RFC 1813 section 3.3.3).</summary>
internal static class Lookup
{
    public static LookupResult Run(Tree tree, Caller caller, InodeId directoryId, FileName name)
    {
        tree.Inodes.PreloadDirectory(directoryId);
        lock (tree.Gate)
        {
            var error = Outcome.FindDirectoryLocked(tree, caller, directoryId, out var directory);
            if (error != VfsError.None)
            {
                return new LookupResult(error, null, directory?.ToAttributes());
            }

            var id = name.IsDot ? directory!.Id
                : name.IsDotDot ? directory!.Parent
                : directory!.Entries!.Find(name.Bytes);
            var inode = id == default ? null : tree.Inodes.GetLocked(id);
            return inode is null
                ? new LookupResult(VfsError.NoEnt, null, directory.ToAttributes())
                : new LookupResult(VfsError.None, inode.ToAttributes(), directory.ToAttributes());
        }
    }
}
