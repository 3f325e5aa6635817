namespace Vfs.Core;

/// <summary>Limits that clients can see; one place, enforced and announced from here.</summary>
public static class VfsLimits
{
    /// <summary>Largest file: 2^53 bytes. Offsets stay exact in every client and in SQLite.</summary>
    public const ulong FileBytesMax = 1UL << 53;

    /// <summary>Longest text of a symbolic link, in bytes: the longest path that Linux can follow.</summary>
    public const int SymlinkBytesMax = 4095;

    /// <summary>Most names of one file.</summary>
    public const uint LinkCountMax = 65_000;
}
