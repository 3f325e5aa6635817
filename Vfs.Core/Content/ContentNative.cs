using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Vfs.Core.Content;

/// <summary>System calls on staging files that .NET does not have. Linux; elsewhere slower ways with equal effect.</summary>
internal static partial class ContentNative
{
    private const int KeepSize = 1;
    private const int PunchHole = 2;
    private const int O_TMPFILE_RDWR_CLOEXEC = 0x400000 | 0x80000 | 2;

    /// <summary>EFBIG: no file of this disk reaches that far.</summary>
    public const int ErrorTooFar = 27;

    private const int ErrorNoSpace = 28;
    private const int ErrorNotSupported = 95;
    private const int RWF_NOWAIT = 8;
    private const int SEEK_HOLE = 4;
    private const nuint FICLONE = 0x40049409;

    private static readonly int s_directory =
        RuntimeInformation.ProcessArchitecture is Architecture.Arm or Architecture.Arm64 ? 0x4000 : 0x10000;

    /// <summary>Whether an exception of a write says that the disk is full.</summary>
    public static bool IsDiskFull(IOException e) => e.HResult == ErrorNoSpace;

    /// <summary>Whether an exception of a write says that no file of this disk reaches that far.</summary>
    public static bool IsTooFar(IOException e) => e.HResult == ErrorTooFar;

    /// <summary>Makes the range read as zeros and gives its blocks back; the file keeps its length.</summary>
    public static void Punch(SafeFileHandle file, long offset, long length)
    {
        if (length <= 0 || (OperatingSystem.IsLinux() && Fallocate(file, KeepSize | PunchHole, offset, length) == 0))
        {
            return;
        }

        // No holes on this file system: the blocks stay, the bytes must go all the same.
        var zeros = new byte[Math.Min(length, 1 << 20)];
        for (long at = 0; at < length; at += zeros.Length)
        {
            RandomAccess.Write(file, zeros.AsSpan(0, (int)Math.Min(zeros.Length, length - at)), offset + at);
        }
    }

    /// <summary>Whether a range inside a file has parts without blocks.</summary>
    public static bool HasHole(SafeFileHandle file, long offset, long length)
    {
        var hole = OperatingSystem.IsLinux() ? Seek(file, offset, SEEK_HOLE) : offset;
        return hole < offset + length;
    }

    /// <summary>
    /// Reads what is in memory, without waiting for the disk. Null if the file system cannot tell, or nothing can.
    /// </summary>
    public static unsafe bool? TryReadCached(SafeFileHandle file, Span<byte> into, long offset)
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        fixed (byte* start = into)
        {
            var vector = new IoVector { Base = start, Length = (nuint)into.Length };
            var count = ReadVector(file, &vector, 1, offset, RWF_NOWAIT);
            return count == into.Length ? true
                : count < 0 && Marshal.GetLastPInvokeError() == ErrorNotSupported ? null
                : false;
        }
    }

    /// <summary>
    /// Makes <paramref name="clone"/>, an empty file, share the blocks of a file, until one of the two is written to. False
    /// if the file system cannot, or the disk has no room: whatever the reason, the bytes can be copied instead.
    /// </summary>
    public static bool TryClone(SafeFileHandle file, SafeFileHandle clone) =>
        OperatingSystem.IsLinux() && CloneInto(clone, FICLONE, file) == 0;

    /// <summary>Puts the bytes of a file, and what is needed to find them, on stable storage.</summary>
    public static void SyncData(SafeFileHandle file)
    {
        if (!OperatingSystem.IsLinux())
        {
            RandomAccess.FlushToDisk(file);
            return;
        }

        if (Fdatasync(file) != 0)
        {
            throw new IOException($"fdatasync: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

    /// <summary>An unnamed file in a directory, gone when closed; a named one unlinked at once where that is not had.</summary>
    public static SafeFileHandle OpenUnnamed(string directory)
    {
        if (OperatingSystem.IsLinux())
        {
            var handle = Open(directory, O_TMPFILE_RDWR_CLOEXEC | s_directory, 0x180 /* 0600 */);
            if (!handle.IsInvalid)
            {
                return handle;
            }

            handle.Dispose();
        }

        return File.OpenHandle(
            Path.Combine(directory, $"tmp-{Guid.NewGuid():N}"), FileMode.CreateNew, FileAccess.ReadWrite,
            FileShare.None, FileOptions.DeleteOnClose);
    }

    [LibraryImport("libc", EntryPoint = "fallocate", SetLastError = true)]
    private static partial int Fallocate(SafeFileHandle file, int mode, long offset, long length);

    [LibraryImport("libc", EntryPoint = "lseek", SetLastError = true)]
    private static partial long Seek(SafeFileHandle file, long offset, int whence);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int CloneInto(SafeFileHandle clone, nuint request, SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    private static partial int Fdatasync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle Open(string path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "preadv2", SetLastError = true)]
    private static unsafe partial nint ReadVector(
        SafeFileHandle file, IoVector* vectors, int count, long offset, int flags);

    /// <summary><c>struct iovec</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private unsafe struct IoVector
    {
        public void* Base;
        public nuint Length;
    }
}
