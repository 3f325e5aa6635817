using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Cas.Client.Backends.Local;

/// <summary>
/// The system calls that .NET does not offer. They fail with the exceptions of .NET's own file calls:
/// <see cref="UnauthorizedAccessException"/>, or <see cref="IOException"/> with the errno as HResult.
/// </summary>
internal static partial class Posix
{
    private const int YieldingNice = 10;
    private const int AtFdcwd = -100;
    private const int AtSymlinkFollow = 0x400;
    private const int OpenReadWrite = 2;
    private const int ReadOnlyOwner = 0x100; // 0400
    private const uint WaitBefore = 1;
    private const uint StartWrite = 2;
    private const uint WaitAfter = 4;
    private const int LockExclusive = 2;
    private const int LockNonBlocking = 4;
    private const int Eperm = 1;
    private const int Enoent = 2;
    private const int Eacces = 13;
    private const int Eexist = 17;
    private const int Eisdir = 21;
    private const int Einval = 22;
    private const int Eopnotsupp = 95;

    private static readonly int s_ewouldblock = OperatingSystem.IsMacOS() ? 35 : 11;

    // O_CLOEXEC and O_TMPFILE of Linux; O_TMPFILE contains O_DIRECTORY, which differs between processors.
    private static readonly int s_closeOnExec = OperatingSystem.IsMacOS() ? 0x1000000 : 0x80000;

    private static readonly int s_temporary = 0x400000 |
        (RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm ? 0x4000 : 0x10000);

    /// <summary>A new file without a name in a file system; null where that cannot be done.</summary>
    public static SafeFileHandle? TryOpenUnnamed(string directory)
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        var descriptor = Open(directory, OpenReadWrite | s_temporary | s_closeOnExec, ReadOnlyOwner);
        if (descriptor >= 0)
        {
            return new SafeFileHandle(descriptor, ownsHandle: true);
        }

        var error = Marshal.GetLastPInvokeError();
        return error is Eopnotsupp or Eisdir or Einval ? null : throw Failure(error, directory);
    }

    /// <summary>Whether an unnamed file can get a name here: that goes through /proc.</summary>
    public static bool CanNameUnnamed(SafeFileHandle file) => File.Exists(ProcessPath(file));

    /// <summary>Gives an unnamed file a name; false if the name is taken.</summary>
    public static bool TryLink(SafeFileHandle file, string path)
    {
        if (LinkAt(AtFdcwd, ProcessPath(file), AtFdcwd, path, AtSymlinkFollow) == 0)
        {
            return true;
        }

        var error = Marshal.GetLastPInvokeError();
        return error == Eexist ? false : throw Failure(error, path);
    }

    /// <summary>Puts the names in a directory on stable storage.</summary>
    public static void SyncDirectory(string path)
    {
        using var directory = OpenForReading(path);
        RandomAccess.FlushToDisk(directory);
    }

    /// <summary>
    /// Starts writing a range of a file to the disk and waits for that; no promise of durability. Does nothing where
    /// the system has no such call.
    /// </summary>
    public static void WriteBack(SafeFileHandle file, long offset, long length)
    {
        if (OperatingSystem.IsLinux())
        {
            // A failure shows again in the sync that follows, which is the one that counts.
            _ = SyncFileRange(file, offset, length, WaitBefore | StartWrite | WaitAfter);
        }
    }

    /// <summary>Opens without taking the advisory lock that .NET's own open takes.</summary>
    public static SafeFileHandle OpenForReading(string path)
    {
        var descriptor = Open(path, s_closeOnExec, 0);
        return descriptor >= 0
            ? new SafeFileHandle(descriptor, ownsHandle: true)
            : throw Failure(Marshal.GetLastPInvokeError(), path);
    }

    /// <summary>Takes the exclusive advisory lock of an open file; false if another has it.</summary>
    public static bool TryLock(SafeFileHandle file, string path)
    {
        if (FLock(file, LockExclusive | LockNonBlocking) == 0)
        {
            return true;
        }

        var error = Marshal.GetLastPInvokeError();
        return error == s_ewouldblock ? false : throw Failure(error, path);
    }

    private static string ProcessPath(SafeFileHandle file) => $"/proc/self/fd/{file.DangerousGetHandle()}";

    private static Exception Failure(int error, string path)
    {
        var message = $"{Marshal.GetPInvokeErrorMessage(error)}: '{path}'";
        return error switch
        {
            Enoent => new FileNotFoundException(message, path),
            Eacces or Eperm => new UnauthorizedAccessException(message),
            _ => new IOException(message, error),
        };
    }

    /// <summary>On Linux a thread has a priority of its own: others run before the calling one from here on.</summary>
    public static void YieldToOthers() => _ = Nice(YieldingNice);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "nice")]
    private static partial int Nice(int increment);

    [LibraryImport("libc", EntryPoint = "sync_file_range", SetLastError = true)]
    private static partial int SyncFileRange(SafeFileHandle file, long offset, long length, uint flags);

    [LibraryImport("libc", EntryPoint = "linkat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int LinkAt(int oldDirectory, string oldPath, int newDirectory, string newPath, int flags);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int FLock(SafeFileHandle file, int operation);
}
