using System.Runtime.InteropServices;

namespace Cas.Client.Backends.Hub.Tree;

/// <summary>
/// What the Hub keeps of a file's attributes: its content and, to the millisecond, its time. All else is the same for
/// all: they belong to who runs the gateway.
/// </summary>
internal static class HubAttributes
{
    private const uint FileMode = 0x1A4; // 0644
    private const uint DirectoryMode = 0x1ED; // 0755
    private const long NanosecondsPerMillisecond = 1_000_000;

    private static readonly (uint Uid, uint Gid) s_owner = (GetUid(), GetGid());

    /// <summary>A regular file.</summary>
    public static TreeEntry OfFile(ContentId content, long mtime) => new()
    {
        Kind = TreeEntryKind.File,
        Content = content,
        Mode = FileMode,
        Uid = s_owner.Uid,
        Gid = s_owner.Gid,
        Atime = mtime,
        Mtime = mtime,
        Ctime = mtime,
    };

    /// <summary>A directory.</summary>
    public static TreeEntry OfDirectory() => new()
    {
        Kind = TreeEntryKind.Directory, Mode = DirectoryMode, Uid = s_owner.Uid, Gid = s_owner.Gid,
    };

    /// <summary>What is left of an entry after a bucket kept it; null if it keeps nothing of such an entry.</summary>
    public static TreeEntry? Kept(TreeEntry entry) => entry.Kind switch
    {
        TreeEntryKind.File => OfFile(entry.Content, MillisecondsOf(entry.Mtime) * NanosecondsPerMillisecond),
        TreeEntryKind.Directory => OfDirectory(),
        TreeEntryKind.SymbolicLink or TreeEntryKind.BlockDevice or TreeEntryKind.CharacterDevice
            or TreeEntryKind.Socket or TreeEntryKind.Fifo => null,
    };

    /// <summary>Since the epoch, rounded down; the Hub knows no time before that.</summary>
    public static long MillisecondsOf(long nanoseconds) => Math.Max(0, nanoseconds / NanosecondsPerMillisecond);

    [DllImport("libc", EntryPoint = "geteuid")]
    private static extern uint GetUid();

    [DllImport("libc", EntryPoint = "getegid")]
    private static extern uint GetGid();
}
