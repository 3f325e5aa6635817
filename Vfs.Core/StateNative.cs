using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Vfs.Core;

/// <summary>The few system calls that the state directory needs and .NET does not have.</summary>
internal static partial class StateNative
{
    /// <summary>The call would have to wait.</summary>
    public const int EWOULDBLOCK = 11;

    private const int O_RDWR = 2;
    private const int O_CREAT = 0x40;
    private const int O_NONBLOCK = 0x800;
    private const int O_CLOEXEC = 0x80000;
    private const int LOCK_EX = 2;
    private const int LOCK_NB = 4;
    private const int LOCK_UN = 8;
    private const int AT_FDCWD = -100;
    private const int AT_SYMLINK_NOFOLLOW = 0x100;
    private const uint STATX_TYPE_MODE = 0x3;
    private const int StatxBytes = 256;
    private const int StatxModeOffset = 28;
    private const uint STATX_BLOCKS = 0x400;
    private const int StatxBlocksOffset = 48;
    private const int BlockBytes = 512;
    private const int AccessReadWriteSearch = 7;

    // These two flags are swapped between processor families (asm-generic and arm fcntl.h).
    private static readonly int s_noFollow =
        RuntimeInformation.ProcessArchitecture is Architecture.Arm or Architecture.Arm64 ? 0x8000 : 0x20000;

    private static readonly int s_directory =
        RuntimeInformation.ProcessArchitecture is Architecture.Arm or Architecture.Arm64 ? 0x4000 : 0x10000;

    /// <summary>
    /// Type and permission bits of a name, links not followed; null if there is none, and then the last error says
    /// why.
    /// </summary>
    public static unsafe uint? Mode(string path, bool followLinks)
    {
        var buffer = stackalloc byte[StatxBytes];
        if (Statx(AT_FDCWD, path, followLinks ? 0 : AT_SYMLINK_NOFOLLOW, STATX_TYPE_MODE, buffer) != 0)
        {
            return null;
        }

        var mode = new ReadOnlySpan<byte>(buffer + StatxModeOffset, sizeof(ushort));
        return BitConverter.IsLittleEndian
            ? BinaryPrimitives.ReadUInt16LittleEndian(mode)
            : BinaryPrimitives.ReadUInt16BigEndian(mode);
    }

    /// <summary>The space that a file takes on its disk, in bytes; null if there is none.</summary>
    public static unsafe ulong? AllocatedBytes(string path)
    {
        var buffer = stackalloc byte[StatxBytes];
        return Statx(AT_FDCWD, path, 0, STATX_BLOCKS, buffer) == 0
            ? BitConverter.ToUInt64(new ReadOnlySpan<byte>(buffer + StatxBlocksOffset, sizeof(ulong))) * BlockBytes
            : null;
    }

    /// <summary>Whether this process may list, change and search a directory.</summary>
    public static bool CanReadWriteSearch(string path) => Access(path, AccessReadWriteSearch) == 0;

    /// <summary>
    /// Opens a file for reading and writing without following a link in its last component and without waiting.
    /// </summary>
    public static SafeFileHandle OpenNoFollow(string path, bool create) => Open(
        path, O_RDWR | O_NONBLOCK | O_CLOEXEC | s_noFollow | (create ? O_CREAT : 0), 0x180 /* 0600 */);

    /// <summary>Takes the exclusive lock of a file if nobody has it; else false, with the last error set.</summary>
    public static bool TryLock(SafeFileHandle file) => Flock(file, LOCK_EX | LOCK_NB) == 0;

    /// <summary>Gives the lock back.</summary>
    public static void Unlock(SafeFileHandle file) => _ = Flock(file, LOCK_UN);

    /// <summary>Puts the names in a directory on stable storage; throws IOException if it cannot.</summary>
    public static void SyncDirectory(string path)
    {
        using var handle = Open(path, O_CLOEXEC | s_directory, 0);
        if (handle.IsInvalid || Fsync(handle) != 0)
        {
            throw new IOException($"cannot sync directory {path}: {LastErrorText()}");
        }
    }

    /// <summary>The last error of a call above as text.</summary>
    public static string LastErrorText() => Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError());

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int Statx(int directory, string path, int flags, uint mask, byte* buffer);

    [LibraryImport("libc", EntryPoint = "access", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Access(string path, int mode);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle Open(string path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int Flock(SafeFileHandle file, int operation);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(SafeFileHandle file);
}
