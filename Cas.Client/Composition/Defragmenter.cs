namespace Cas.Client.Composition;

/// <summary>
/// Keeps the terms of a content that is edited again and again few, by storing short stretches anew next to each
/// other. Content, chunks and hash stay as they are: it can be done at any time, and a composition is never slower
/// for it.
/// </summary>
internal static class Defragmenter
{
    /// <summary>
    /// The same content with fewer terms once the chunks that <paramref name="sink"/> is given have places; null if it
    /// has not too many terms. The sink must store every chunk anew and not look for copies, or the terms stay what
    /// they were. Throws what reading and storing throw.
    /// </summary>
    public static async ValueTask<Draft?> JoinAsync(
        ChunkMap map,
        IOldBytes old,
        INewChunks sink,
        ComposeLimits? limits = null,
        CancellationToken cancellationToken = default)
    {
        limits ??= ComposeLimits.Default;
        var plan = FragmentPlan.Of(map, limits);
        if (plan.Count == 0)
        {
            return null;
        }

        var reader = new OldChunkReader(map, old);
        var pieces = new PieceList();
        var next = 0L;
        foreach (var (startTerm, endTerm) in plan)
        {
            var start = map.FirstChunkOf(startTerm);
            var end = map.FirstChunkOf(endTerm);
            pieces.AddOld(next, start);
            pieces.AddNew(end - start);
            for (var index = start; index < end; index++)
            {
                var chunk = map.Chunks.ChunkAt(index);
                await sink.AddAsync(
                    chunk.Chunk, await reader.ReadAsync(chunk, cancellationToken), cancellationToken);
            }

            next = end;
        }

        pieces.AddOld(next, map.Chunks.Count);
        return new Draft(map, map.Chunks, pieces, limits)
        {
            OldBytesRead = reader.BytesRead,
            NewBytes = reader.BytesRead,
            NewChunks = pieces.Pieces.Where(piece => piece.IsNew).Sum(piece => piece.Count),
            Regions = plan.Count,
        };
    }
}
