using Cas.Client.Composition;
using Cas.Client.Hashing;

namespace Cas.Client.Backends.Hub.Writing;

/// <summary>
/// Which bytes of an old file a composition will want: the chunks that edits begin and end in, and the one behind,
/// where cuts may fall on old ones again. Nearly always that is all.
/// </summary>
internal static class EdgeRanges
{
    /// <summary>
    /// Ranges of whole chunks in order, apart from each other; neighbours are one range up to
    /// <paramref name="bytesMax"/>. The edits are sorted and inside the file.
    /// </summary>
    public static IEnumerable<(ulong Start, ulong End)> Of(ChunkMap map, IReadOnlyList<Edit> edits, ulong bytesMax)
    {
        (ulong Start, ulong End) open = default;
        foreach (var chunk in edits.SelectMany(edit => ChunksOf(map.Chunks, edit)))
        {
            var (start, end) = (chunk.Offset, chunk.Offset + chunk.Chunk.Length);
            if (end <= open.End)
            {
                continue;
            }

            if (start == open.End && end - open.Start <= bytesMax && open.End > 0)
            {
                open.End = end;
                continue;
            }

            if (open.End > 0)
            {
                yield return open;
            }

            open = (start, end);
        }

        if (open.End > 0)
        {
            yield return open;
        }
    }

    private static IEnumerable<MerklePlace> ChunksOf(MerkleTree chunks, Edit edit)
    {
        if (chunks.Count == 0 || (edit.Start == edit.End && edit.Length == 0))
        {
            yield break;
        }

        var last = chunks.Length - 1;
        var first = chunks.ChunkHolding(Math.Min(edit.Start, last));
        if (edit.Start > first.Offset)
        {
            yield return first;
        }

        if (edit.End <= last)
        {
            var behind = chunks.ChunkHolding(edit.End);
            yield return behind;
            if (behind.Index + 1 < chunks.Count)
            {
                yield return chunks.ChunkAt(behind.Index + 1);
            }
        }
    }
}
