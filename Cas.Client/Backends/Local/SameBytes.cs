using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace Cas.Client.Backends.Local;

/// <summary>Compares a file with one that may be there already.</summary>
internal static class SameBytes
{
    private const int BlockBytes = 128 << 10;

    /// <summary>Whether there is a file at <paramref name="path"/> with the bytes of the open one.</summary>
    public static bool Are(SafeFileHandle file, string path)
    {
        if (!File.Exists(path))
        {
            return false;
        }

        using var other = Posix.OpenForReading(path);
        return RandomAccess.GetLength(other) == RandomAccess.GetLength(file) && AreBlocksEqual(file, other);
    }

    private static bool AreBlocksEqual(SafeFileHandle file, SafeFileHandle other)
    {
        var blocks = ArrayPool<byte>.Shared.Rent(2 * BlockBytes);
        try
        {
            var mine = blocks.AsSpan(0, BlockBytes);
            var theirs = blocks.AsSpan(BlockBytes, BlockBytes);
            for (var offset = 0L; ; offset += BlockBytes)
            {
                var count = Fill(file, mine, offset);
                if (TryFill(other, theirs, offset) != count || !mine[..count].SequenceEqual(theirs[..count]))
                {
                    return false;
                }

                if (count < BlockBytes)
                {
                    return true;
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(blocks);
        }
    }

    /// <summary>As <see cref="Fill"/>; -1 if the disk cannot read what is there, which makes it different.</summary>
    private static int TryFill(SafeFileHandle file, Span<byte> block, long offset)
    {
        try
        {
            return Fill(file, block, offset);
        }
        catch (IOException)
        {
            return -1;
        }
    }

    private static int Fill(SafeFileHandle file, Span<byte> block, long offset)
    {
        var done = 0;
        while (done < block.Length && RandomAccess.Read(file, block[done..], offset + done) is > 0 and var count)
        {
            done += count;
        }

        return done;
    }
}
