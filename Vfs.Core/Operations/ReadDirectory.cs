using Vfs.Core.Namespace;

namespace Vfs.Core.Operations;

/// <summary>READDIR and READDIRPLUS (RFC 1813 sections 3.3.16 and 3.3.17).</summary>
internal static class ReadDirectory
{
    // Cookies of the two entries that every directory has; those of names start above them.
    private const ulong DotCookie = 1;
    private const ulong DotDotCookie = 2;

    /// <summary>The first cookie that a name may get.</summary>
    public const ulong FirstNameCookie = 16;

    private static readonly byte[] s_dot = "."u8.ToArray();
    private static readonly byte[] s_dotDot = ".."u8.ToArray();

    public static ReadDirectoryResult Run(
        Tree tree, Caller caller, InodeId id, ulong cookie, int entriesMax, bool withAttributes,
        List<DirectoryEntry> entries)
    {
        tree.Inodes.PreloadDirectory(id);
        lock (tree.Gate)
        {
            var error = tree.Inodes.GetDirectoryLocked(id, out var directory);
            if (error != VfsError.None)
            {
                return new ReadDirectoryResult(error, false, error == VfsError.Stale ? null : directory.ToAttributes());
            }

            if (!Permissions.MayRead(directory, caller))
            {
                return new ReadDirectoryResult(VfsError.Access, false, directory.ToAttributes());
            }

            var countMax = entries.Count + entriesMax;
            if (cookie < DotCookie && entries.Count < countMax)
            {
                entries.Add(EntryLocked(tree, directory.Id, s_dot, DotCookie, withAttributes));
                cookie = DotCookie;
            }

            if (cookie < DotDotCookie && entries.Count < countMax)
            {
                entries.Add(EntryLocked(tree, directory.Parent, s_dotDot, DotDotCookie, withAttributes));
                cookie = DotDotCookie;
            }

            var isEnd = AddNamesLocked(tree, directory.Entries!, cookie, countMax, withAttributes, entries)
                && cookie >= DotDotCookie;
            return new ReadDirectoryResult(VfsError.None, isEnd, directory.ToAttributes());
        }
    }

    private static bool AddNamesLocked(
        Tree tree, DirectoryIndex names, ulong cookie, int countMax, bool withAttributes,
        List<DirectoryEntry> entries)
    {
        var position = names.PositionAfter(cookie);
        var objects = new ListedInodes(tree.Inodes, names);
        while (entries.Count < countMax)
        {
            if (!names.TryNext(ref position, out var id, out var name, out var at))
            {
                return true;
            }

            var left = countMax - entries.Count - 1;
            entries.Add(new DirectoryEntry(
                id, name, at, withAttributes ? objects.FindLocked(id, position, left)?.ToAttributes() : null));
        }

        return !names.TryNext(ref position, out _, out _, out _);
    }

    private static DirectoryEntry EntryLocked(
        Tree tree, InodeId id, ReadOnlyMemory<byte> name, ulong cookie, bool withAttributes) =>
        new(id, name, cookie, withAttributes ? tree.Inodes.GetLocked(id)?.ToAttributes() : null);
}
