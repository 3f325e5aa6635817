using Microsoft.Win32.SafeHandles;
using Vfs.Core.Ranges;

namespace Vfs.Core.Content.Snapshots;

/// <summary>
/// Frozen bytes as a clone of the staging file that shares its blocks (FICLONE into an unnamed file): nothing is copied,
/// then or later, and nobody who reads it meets the content's lock. For XFS, btrfs and others with reflinks.
/// </summary>
internal sealed class ClonedBytes(SafeFileHandle clone) : IFrozenBytes
{
    /// <summary>Whether files that <paramref name="makeFile"/> makes can be cloned, found out by doing it.</summary>
    public static bool IsPossible(Func<SafeFileHandle> makeFile)
    {
        using var file = makeFile();
        using var clone = makeFile();
        var bytes = new byte[Environment.SystemPageSize];
        bytes.AsSpan().Fill(1);
        RandomAccess.Write(file, bytes, 0);
        if (!ContentNative.TryClone(file, clone))
        {
            return false;
        }

        // A clone is one only if it stays what it is.
        RandomAccess.Write(file, new byte[bytes.Length], 0);
        var kept = new byte[bytes.Length];
        return RandomAccess.Read(clone, kept, 0) == kept.Length && kept.AsSpan().SequenceEqual(bytes);
    }

    public void SaveLocked(ByteRange range)
    {
        // The clone has them.
    }

    public void Read(ulong offset, Span<byte> into)
    {
        while (!into.IsEmpty)
        {
            var count = RandomAccess.Read(clone, into, (long)offset);
            if (count == 0)
            {
                throw new IOException($"the clone of the staging file ends at {offset}");
            }

            into = into[count..];
            offset += (ulong)count;
        }
    }

    public void Dispose() => clone.Dispose();
}
