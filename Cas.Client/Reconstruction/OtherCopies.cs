using Cas.Client.Formats;
using Cas.Client.Transfer;
using Cas.Client.Xorbs;
using Microsoft.Extensions.Logging;

namespace Cas.Client.Reconstruction;

/// <summary>
/// Finds another copy of a chunk that is damaged where it was expected. The gate guards the set of xorbs that were
/// logged.
/// </summary>
internal sealed class OtherCopies(
    LeaseCache<MerkleHash, OpenXorb> xorbs, Func<MerkleHash, ChunkPlace?> find, ILogger logger)
{
    /// <summary>Damaged xorbs that get a line each; more of them tell nothing new.</summary>
    private const int LoggedMax = 1024;

    private readonly Lock _gate = new();
    private readonly HashSet<MerkleHash> _logged = []; // Guarded by _gate.
    private long _count;

    /// <summary>How often another copy was read.</summary>
    public long Count => Interlocked.Read(ref _count);

    /// <summary>Fills <paramref name="destination"/> with the chunk; false if there is no good copy.</summary>
    public bool TryRead(XorbIndex damaged, int chunk, Span<byte> destination, Exception problem)
    {
        var hash = damaged.Hashes[chunk];
        if (find(hash) is not { } place || place.Xorb == damaged.Xorb || !TryRead(place, hash, destination))
        {
            return false;
        }

        Interlocked.Increment(ref _count);
        if (IsNew(damaged.Xorb))
        {
            logger.OtherCopyRead(place.Xorb, problem.Message);
        }

        return true;
    }

    private bool TryRead(ChunkPlace place, MerkleHash hash, Span<byte> destination)
    {
        try
        {
            using var lease = xorbs.Borrow(place.Xorb);
            var (index, chunk) = (lease.Value.Index, (int)place.Index);
            return place.Index < index.Count && index.Hashes[chunk] == hash
                && index.Layout.ChunkLength(chunk) == destination.Length
                && new XorbReader(lease.Value.Bytes, index).ReadChunk(chunk, destination) == destination.Length;
        }
        catch (Exception e) when (e is IOException or CasException)
        {
            return false;
        }
    }

    private bool IsNew(MerkleHash xorb)
    {
        lock (_gate)
        {
            return _logged.Count < LoggedMax && _logged.Add(xorb);
        }
    }
}
