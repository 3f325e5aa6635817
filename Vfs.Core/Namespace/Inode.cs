using Vfs.Core.Metadata;

namespace Vfs.Core.Namespace;

/// <summary>
/// One object of the tree in memory. All members but <see cref="Id"/> and <see cref="Type"/> are guarded by the
/// namespace gate; <see cref="Size"/> of a regular file is published there by its content, which owns it.
/// </summary>
internal sealed class Inode(InodeId id, InodeType type)
{
    /// <summary>Bytes that a directory says it has: constant, so that it never moves.</summary>
    public const ulong DirectorySize = 4096;

    public InodeId Id { get; } = id;

    public InodeType Type { get; } = type;

    public uint Mode { get; set; }

    public uint Uid { get; set; }

    public uint Gid { get; set; }

    /// <summary>Names of a non-directory; 2 plus sub-directories of a directory; 0 once removed.</summary>
    public uint LinkCount { get; set; }

    /// <summary>
    /// Non-directories: how many of its names are kept here (<see cref="LocalNames"/>); null if nobody has counted them
    /// since it was loaded. From its first change of names to the end of its life in memory they are counted.
    /// </summary>
    public uint? LocalLinkCount { get; set; }

    public ulong Size { get; set; }

    public uint DeviceMajor { get; set; }

    public uint DeviceMinor { get; set; }

    public Timestamp Atime { get; set; }

    public Timestamp Mtime { get; set; }

    public Timestamp Ctime { get; set; }

    /// <summary>Directories: the directory that holds it; the root holds itself.</summary>
    public InodeId Parent { get; set; }

    /// <summary>Directories: its name there; empty for the root.</summary>
    public byte[] Name { get; set; } = [];

    /// <summary>Symbolic links: the text.</summary>
    public byte[] Target { get; set; } = [];

    /// <summary>
    /// Regular files that came from the store: what they had in it then. It counts until the database says the same.
    /// </summary>
    public StoredContent? Arrived { get; set; }

    /// <summary>The verifier of the EXCLUSIVE create that made the file; null after its first SETATTR.</summary>
    public ulong? CreateVerifier { get; set; }

    /// <summary>Directories: the names, once loaded.</summary>
    public DirectoryIndex? Entries { get; set; }

    /// <summary>The batch that makes the latest change durable; the inode stays in memory until then.</summary>
    public long BatchNumber { get; set; }

    /// <summary>For the cache's second-chance sweep.</summary>
    public bool RecentlyUsed { get; set; }

    public bool IsDirectory => Type == InodeType.Directory;

    public bool IsRemoved => LinkCount == 0;

    public Attributes ToAttributes() => new(
        Id, Type, Mode, LinkCount, Uid, Gid, Size, UsedBytes, DeviceMajor, DeviceMinor, Atime, Mtime, Ctime);

    public WccAttributes ToWcc() => new(Size, Mtime, Ctime);

    /// <summary>Moves ctime: to the clock, or one tick on if the clock has not moved or went back.</summary>
    public void TouchCtime(Timestamp now) =>
        Ctime = now.CompareTo(Ctime) > 0 ? now : new Timestamp(Ctime.Nanoseconds + 1);

    /// <summary>The data changed: mtime and ctime move together.</summary>
    public void TouchData(Timestamp now)
    {
        TouchCtime(now);
        Mtime = Ctime;
    }

    // Size rounded up to 4 KiB: a file whose bytes are in the store must not look like a hole to archivers.
    private ulong UsedBytes => (Size + 4095) & ~4095UL;
}
