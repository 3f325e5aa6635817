using Cas.Client;
using Vfs.Core.Namespace;

namespace Vfs.Core.Sync.Merge;

/// <summary>What a path of the store's tree is here.</summary>
/// <param name="Directory">The directory that holds the name; null if there is none.</param>
/// <param name="Name">The last component.</param>
/// <param name="Inode">The object under the name; null if there is none.</param>
/// <param name="IsMarked">Whether the path, or what is on the way to it, has changes that the store has not yet.</param>
/// <param name="IsBlocked">Whether something on the way to it is not a directory.</param>
internal readonly record struct Located(Inode? Directory, byte[] Name, Inode? Inode, bool IsMarked, bool IsBlocked)
{
    private const uint DirectoryMode = 0x1ED;

    /// <summary>
    /// Goes from the root to a path. Directories that are missing on the way are made if <paramref name="mayMake"/>
    /// says so, given whether there are marks on it so far: stores may have none of their own.
    /// </summary>
    public static Located FindLocked(Tree tree, ReadOnlySpan<byte> path, Func<bool, bool> mayMake)
    {
        var (_, name) = Paths.Split(path);
        var directory = tree.Inodes.GetLocked(InodeId.Root)!;
        if (path.IsEmpty)
        {
            return new Located(directory, name, directory, tree.Marks.HasInodeLocked(directory.Id), false);
        }

        var isMarked = false;
        var ways = path[..^name.Length];
        foreach (var part in ways.Split((byte)'/'))
        {
            var way = ways[part];
            if (way.IsEmpty)
            {
                continue;
            }

            tree.Inodes.GetDirectoryLocked(directory.Id, out directory);
            isMarked |= tree.Marks.HasNameLocked(directory.Id, way);
            var next = tree.Inodes.GetLocked(directory.Entries!.FindExact(way));
            if (next is null && !mayMake(isMarked))
            {
                return new Located(null, name, null, isMarked, false);
            }

            next ??= TryMakeLocked(tree, directory, way, isMarked);
            if (next is not { IsDirectory: true })
            {
                return new Located(null, name, null, isMarked, true);
            }

            directory = next;
        }

        tree.Inodes.GetDirectoryLocked(directory.Id, out directory);
        var inode = tree.Inodes.GetLocked(directory.Entries!.FindExact(name));
        isMarked |= tree.Marks.HasNameLocked(directory.Id, name)
            || (inode is not null && tree.Marks.HasInodeLocked(inode.Id));
        return new Located(directory, name, inode, isMarked, false);
    }

    /// <summary>Where the removal of a directory is still to be sent, the store must hear that it is there again.</summary>
    private static Inode? TryMakeLocked(Tree tree, Inode directory, ReadOnlySpan<byte> name, bool isMarked)
    {
        var entry = new TreeEntry
        {
            Kind = TreeEntryKind.Directory, Mode = DirectoryMode, Uid = directory.Uid, Gid = directory.Gid,
        };
        if (StoredObject.ProblemOf(entry, name.ToArray()) is not null)
        {
            return null;
        }

        var made = StoredObject.MakeLocked(tree, entry);
        tree.AddNameLocked(directory, name, made, isMarked: isMarked);
        directory.LinkCount++;
        directory.TouchData(tree.Now);
        tree.Commit.ChangeLocked(directory);
        return made;
    }
}
