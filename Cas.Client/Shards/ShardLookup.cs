using System.Buffers.Binary;
using Cas.Client.Formats;

namespace Cas.Client.Shards;

/// <summary>
/// Finds rows in a sorted table without loading it: guesses by the value, because hashes are spread evenly, halves
/// when the guess helped little, and reads the last few rows at once. Costs a handful of small reads.
/// </summary>
internal readonly struct ShardLookup(IRandomBytes bytes, ShardTable table, int rowBytes)
{
    private const int LastRows = 128;

    /// <summary>Index of the first row whose word is not less than <paramref name="word"/>; the count if none.</summary>
    public long FirstAtLeast(ulong word)
    {
        long low = 0, high = (long)table.Count;
        ulong lowWord = 0, highWord = ulong.MaxValue;
        var isGuess = true;
        while (high - low > LastRows)
        {
            var middle = isGuess ? Guess(low, high, lowWord, highWord, word) : low + ((high - low) / 2);
            var before = high - low;
            var found = WordAt(middle, lowWord, highWord);
            if (found < word)
            {
                (low, lowWord) = (middle + 1, found);
            }
            else
            {
                (high, highWord) = (middle, found);
            }

            isGuess = high - low <= before / 2;
        }

        return ScanLast(low, (int)(high - low), word, lowWord);
    }

    /// <summary>Reads a row; false behind the last.</summary>
    public bool TryRead(long row, out ulong word, out uint recordIndex, out uint chunkIndex)
    {
        (word, recordIndex, chunkIndex) = (0, 0, 0);
        if (row >= (long)table.Count)
        {
            return false;
        }

        Span<byte> buffer = stackalloc byte[ShardFormat.ChunkRowBytes];
        var bytesOfRow = buffer[..rowBytes];
        bytes.ReadAt(OffsetOf(row), bytesOfRow);
        word = BinaryPrimitives.ReadUInt64LittleEndian(bytesOfRow);
        recordIndex = BinaryPrimitives.ReadUInt32LittleEndian(bytesOfRow[8..]);
        chunkIndex = rowBytes == ShardFormat.ChunkRowBytes
            ? BinaryPrimitives.ReadUInt32LittleEndian(bytesOfRow[12..])
            : 0;
        return true;
    }

    /// <summary>Where a row starts in the shard.</summary>
    public long OffsetOf(long row) => (long)table.Offset + (row * rowBytes);

    /// <summary>Where the word would be if words were spread evenly, a little inside so that both ends close in.</summary>
    private static long Guess(long low, long high, ulong lowWord, ulong highWord, ulong word)
    {
        if (word <= lowWord || highWord <= lowWord)
        {
            return low;
        }

        var fraction = Math.Min(1.0, (double)(word - lowWord) / (highWord - lowWord));
        return Math.Clamp(low + (long)(fraction * (high - low)), low, high - 1);
    }

    private ulong WordAt(long row, ulong lowWord, ulong highWord)
    {
        Span<byte> buffer = stackalloc byte[sizeof(ulong)];
        bytes.ReadAt(OffsetOf(row), buffer);
        var word = BinaryPrimitives.ReadUInt64LittleEndian(buffer);
        return word >= lowWord && word <= highWord ? word : throw Unsorted(row);
    }

    private long ScanLast(long low, int count, ulong word, ulong lowWord)
    {
        if (count == 0)
        {
            return low;
        }

        using var window = ByteWindow.Open(bytes, OffsetOf(low), count * rowBytes);
        var first = low + count;
        for (var i = 0; i < count; i++)
        {
            var found = BinaryPrimitives.ReadUInt64LittleEndian(window.Span[(i * rowBytes)..]);
            if (found < lowWord)
            {
                throw Unsorted(low + i);
            }

            lowWord = found;
            if (found >= word)
            {
                first = Math.Min(first, low + i);
            }
        }

        return first;
    }

    private ShardDamageException Unsorted(long row) => new(OffsetOf(row), "a lookup table is not sorted");
}
