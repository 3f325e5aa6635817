using Cas.Client.Backends.Local;
using Microsoft.Win32.SafeHandles;

namespace Nfs.Tests.Fixtures;

/// <summary>Damages files of a store, which nobody may write.</summary>
internal static class DamagedFile
{
    /// <summary>Changes one bit.</summary>
    public static void Flip(string path, long offset)
    {
        var old = new byte[1];
        using (var reading = Posix.OpenForReading(path))
        {
            RandomAccess.Read(reading, old, offset);
        }

        using var file = OpenForWriting(path);
        RandomAccess.Write(file, [(byte)(old[0] ^ 1)], offset);
    }

    /// <summary>Cuts the file, or lets it grow by zeros.</summary>
    public static void Resize(string path, long size)
    {
        using var file = OpenForWriting(path);
        RandomAccess.SetLength(file, size);
    }

    private static SafeFileHandle OpenForWriting(string path)
    {
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return File.OpenHandle(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
    }
}
