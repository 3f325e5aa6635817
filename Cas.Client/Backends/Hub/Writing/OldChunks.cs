using Cas.Client.Backends.Hub.Reading;
using Cas.Client.Composition;
using Cas.Client.Hashing;

namespace Cas.Client.Backends.Hub.Writing;

/// <summary>
/// Chunks of a section of the file that is edited, each verified. Those beside the edits are fetched ahead, several at once: each
/// costs two round trips. Not for use by several threads.
/// </summary>
internal sealed class OldChunks(HubReader reader, ContentId content, Section section) : IOldBytes
{
    /// <summary>Memory that reading ahead takes, about.</summary>
    public const long MemoryBytes = FetchesMax * FetchBytesMax;

    private const int FetchesMax = 16;
    private const int FetchBytesMax = 1 << 20;

    private readonly IEnumerator<(ulong Start, ulong End)> _ranges =
        EdgeRanges.Of(section.Map, section.Edits, FetchBytesMax).GetEnumerator();

    private readonly Queue<Fetch> _ahead = new();

    /// <inheritdoc/>
    public async ValueTask ReadAsync(
        PlacedChunk chunk, Memory<byte> destination, CancellationToken cancellationToken)
    {
        var (start, end) = (chunk.Place.Offset, chunk.Place.Offset + chunk.Place.Chunk.Length);
        while (_ahead.TryPeek(out var passed) && passed.End <= start)
        {
            _ahead.Dequeue();
        }

        while (_ahead.Count < FetchesMax && _ranges.MoveNext())
        {
            _ahead.Enqueue(Begin(_ranges.Current, cancellationToken));
        }

        if (_ahead.TryPeek(out var fetch) && fetch.Start <= start && end <= fetch.End)
        {
            (await fetch.Bytes).AsMemory((int)(start - fetch.Start), destination.Length).CopyTo(destination);
        }
        else
        {
            await reader.ReadAsync(content, section.Start + start, destination, cancellationToken);
        }

        if (XetHash.Chunk(destination.Span) != chunk.Place.Chunk.Hash)
        {
            throw new CasException(
                CasError.Corrupt, $"xorb {chunk.Xorb} has another chunk {chunk.Index} than {chunk.Place.Chunk.Hash}");
        }
    }

    private Fetch Begin((ulong Start, ulong End) range, CancellationToken cancellationToken)
    {
        return new Fetch(range.Start, range.End, ReadAsync());

        async Task<byte[]> ReadAsync()
        {
            var bytes = new byte[range.End - range.Start];
            await reader.ReadAsync(content, section.Start + range.Start, bytes, cancellationToken);
            return bytes;
        }
    }

    private readonly record struct Fetch(ulong Start, ulong End, Task<byte[]> Bytes);
}
