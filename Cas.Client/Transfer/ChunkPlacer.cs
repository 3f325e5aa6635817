using Cas.Client.Hashing;
using Cas.Client.Reconstruction;

namespace Cas.Client.Transfer;

/// <summary>
/// Decides where each chunk of a session is: behind the one before it if it is there, where the store or the session
/// has it, otherwise (or always, with <paramref name="isAnew"/>) new in the session's own xorbs. Not for use by several threads.
/// </summary>
internal sealed class ChunkPlacer(IUploadTarget target, UploadLimits limits, bool isAnew)
{
    /// <summary>Places in the store that are remembered: those of some terms, which long holes use again and again.</summary>
    private const int SeenMax = 1024;

    // What was compared with the store's bytes in this session need not be again.
    private readonly Dictionary<ChunkPlace, MerkleHash> _seen = [];

    // The open xorb last, and before it those that are not published yet: the store does not find their chunks.
    private readonly List<SessionXorb> _xorbs = [];
    private int _xorbCount;

    /// <summary>Gives the chunks of a hashed block places in a file; what is new is to be written.</summary>
    public BlockRecords Place(SessionFile file, ChunkBlock block)
    {
        // Forgotten before the store is asked, so that a chunk is found here or there.
        _xorbs.RemoveAll(xorb => xorb.IsPublished);
        var stored = new ChunkPlace?[block.Chunks.Length];
        if (!isAnew)
        {
            target.Find(block.Chunks, file.Continuation is null, stored);
        }

        var records = new BlockRecords(block.Bytes);
        var offset = 0;
        for (var i = 0; i < stored.Length; i++)
        {
            var chunk = block.Chunks[i];
            var bytes = block.Bytes.Span.Slice(offset, (int)chunk.Length);
            var place = isAnew ? null : Find(file, chunk, bytes, stored[i]);
            if (place is null)
            {
                place = PlaceNew(chunk);
                records.Add(chunk, offset, _xorbs[^1]);
            }

            file.Add(chunk, place.Value);
            offset += bytes.Length;
        }

        return records;
    }

    private SessionPlace? Find(SessionFile file, MerkleNode chunk, ReadOnlySpan<byte> bytes, ChunkPlace? stored)
    {
        if (Check(file.Continuation, chunk, bytes) is { } next)
        {
            return next;
        }

        return IsCopyWanted(file, chunk, bytes)
            ? null
            : FindInSession(chunk) ?? Check(stored is { } place ? SessionPlace.In(place) : null, chunk, bytes);
    }

    /// <summary>
    /// A long hole is one chunk over and over, which stored once would be a term each time. Copies of it cost next to
    /// nothing, so as many as a term has stand side by side, and all long holes are made of that term.
    /// </summary>
    private static bool IsCopyWanted(SessionFile file, MerkleNode chunk, ReadOnlySpan<byte> bytes) =>
        file.EndsWith(chunk) && file.Copies < FileRecipe.TermChunksMax && !bytes.ContainsAnyExcept(bytes[0]);

    /// <summary>The place, if it is there and has the chunk.</summary>
    private SessionPlace? Check(SessionPlace? place, MerkleNode chunk, ReadOnlySpan<byte> bytes)
    {
        if (place is not { } known)
        {
            return null;
        }

        var holds = known.Number == SessionPlace.NoNumber
            ? StoreHolds(new ChunkPlace(known.Stored, known.Index), chunk.Hash, bytes)
            : _xorbs.Find(xorb => xorb.Number == known.Number)?.Holds(known.Index, chunk.Hash) == true;
        return holds ? known : null;
    }

    private bool StoreHolds(ChunkPlace place, MerkleHash chunk, ReadOnlySpan<byte> bytes)
    {
        if (_seen.TryGetValue(place, out var seen))
        {
            return seen == chunk;
        }

        var holds = target.Holds(place, chunk, bytes);
        if (holds)
        {
            if (_seen.Count == SeenMax)
            {
                _seen.Clear();
            }

            _seen.Add(place, chunk);
        }

        return holds;
    }

    private SessionPlace? FindInSession(MerkleNode chunk)
    {
        foreach (var xorb in _xorbs)
        {
            if (xorb.Find(chunk.Hash) is { } place)
            {
                return place;
            }
        }

        return null;
    }

    private SessionPlace PlaceNew(MerkleNode chunk)
    {
        // One that was ended early and is not published yet will keep the store busy.
        var isWanted = _xorbs.Count == 1 && _xorbs[0].Bytes >= limits.XorbBytesEarly && target.IsIdle;
        if (_xorbs.Count > 0 && !isWanted && _xorbs[^1].TryPlace(chunk) is { } place)
        {
            return place;
        }

        _xorbs.Add(new SessionXorb(_xorbCount++, limits));
        return _xorbs[^1].TryPlace(chunk)!.Value;
    }
}
