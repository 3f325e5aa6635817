using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Nfs.Server.Admin;

/// <summary>Opens directories, which .NET's files cannot.</summary>
internal static partial class DirectoryHandle
{
    private const int O_PATH = 0x200000;
    private const int O_CLOEXEC = 0x80000;

    /// <summary>A descriptor that names a directory; throws IOException if there is none.</summary>
    public static SafeFileHandle Open(string path)
    {
        var handle = OpenNative(path, O_PATH | O_CLOEXEC);
        if (!handle.IsInvalid)
        {
            return handle;
        }

        var reason = Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError());
        handle.Dispose();
        throw new IOException($"cannot open {path}: {reason}");
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle OpenNative(string path, int flags);
}
