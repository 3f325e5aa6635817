namespace Cas.Client.Chunking;

/// <summary>
/// Chunk boundaries that stay where they are whatever happens to the bytes before a place, told from lengths alone. A
/// changed prefix can put the first cut anywhere, but a chunk of this size keeps its end in reach of a chunker that
/// started late, and is not cut by its largest size; two in a row are needed, because the first only proves that the
/// chunker met the second's start.
/// </summary>
internal static class StableBoundary
{
    private const ulong ChunkBytesMin = 2 * ChunkLimits.MinBytes;
    private const ulong ChunkBytesEnd = ChunkLimits.MaxBytes - ChunkLimits.MinBytes;

    /// <summary>Whether a chunk of this length helps to find the old boundaries again.</summary>
    public static bool IsStable(ulong chunkBytes) => chunkBytes is >= ChunkBytesMin and < ChunkBytesEnd;

    /// <summary>
    /// Index of the first boundary that is stable when bytes before <paramref name="offset"/> change; -1 if there is
    /// none up to the end. Boundaries are sorted, the first is 0 and the last the length of the content.
    /// </summary>
    public static int IndexAfter(ReadOnlySpan<ulong> boundaries, ulong offset)
    {
        var inRow = 0;
        for (var i = FirstAtOrAfter(boundaries, offset); i + 1 < boundaries.Length; i++)
        {
            inRow = IsStable(boundaries[i + 1] - boundaries[i]) ? inRow + 1 : 0;
            if (inRow == 2)
            {
                return i + 1;
            }
        }

        return -1;
    }

    /// <summary>Index of the first boundary at or behind an offset; their count if there is none.</summary>
    public static int FirstAtOrAfter(ReadOnlySpan<ulong> boundaries, ulong offset)
    {
        var index = boundaries.BinarySearch(offset);
        return index < 0 ? ~index : index;
    }
}
