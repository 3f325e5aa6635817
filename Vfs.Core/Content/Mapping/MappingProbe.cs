using Microsoft.Win32.SafeHandles;
using Vfs.Core.Ranges;

namespace Vfs.Core.Content.Mapping;

/// <summary>
/// Finds out how files of a file system can be mapped, by doing it: a mapping counts only if it shows what is written
/// to the file, and punched out of it, after a page of it was used.
/// </summary>
internal static class MappingProbe
{
    // What file systems that cannot map say: ENODEV, EACCES, EINVAL, ENOSYS, ENOTSUP; the last three as macOS has them.
    private static readonly int[] s_refusals = [19, 13, 22, 38, 95, 78, 45, 102];

    /// <summary>The first mode that works for files that <paramref name="makeFile"/> makes.</summary>
    /// <exception cref="IOException">The disk failed, or mapping did for a reason of its own.</exception>
    public static MappingMode Choose(Func<SafeFileHandle> makeFile)
    {
        using var file = makeFile();
        using var copy = makeFile();
        foreach (var mode in (ReadOnlySpan<MappingMode>)[MappingMode.Shared, MappingMode.Private])
        {
            if (IsTrue(file, copy, mode))
            {
                return mode;
            }
        }

        return MappingMode.None;
    }

    private static bool IsTrue(SafeFileHandle file, SafeFileHandle copy, MappingMode mode)
    {
        var page = ByteRange.At(0, (ulong)Environment.SystemPageSize);
        RandomAccess.Write(file, Filled(page, 1), 0);
        using var window = MappedWindow.TryMap(file, page, mode, out var errno);
        if (window is null)
        {
            return s_refusals.Contains(errno) ? false : throw new IOException($"mmap: error {errno}", errno);
        }

        if (!Shows(window, copy, Filled(page, 1)))
        {
            return false;
        }

        RandomAccess.Write(file, Filled(page, 2), 0);
        if (!Shows(window, copy, Filled(page, 2)))
        {
            return false;
        }

        ContentNative.Punch(file, 0, (long)page.Length);
        return Shows(window, copy, Filled(page, 0));
    }

    private static byte[] Filled(ByteRange page, byte value)
    {
        var bytes = new byte[page.Length];
        bytes.AsSpan().Fill(value);
        return bytes;
    }

    /// <summary>Whether a system call finds these bytes in the mapping.</summary>
    private static unsafe bool Shows(MappedWindow window, SafeFileHandle copy, byte[] expected)
    {
        var mapped = new ReadOnlySpan<byte>(
            (void*)window.AddressOf(ByteRange.At(0, (ulong)expected.Length)), expected.Length);
        RandomAccess.Write(copy, mapped, 0);
        var found = new byte[expected.Length];
        RandomAccess.Read(copy, found, 0);
        return found.AsSpan().SequenceEqual(expected);
    }
}
