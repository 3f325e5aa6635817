using Cas.Client.Formats;
using Cas.Client.Transfer;
using Cas.Client.Xorbs;

namespace Cas.Client.Reconstruction;

/// <summary>
/// Reads chunks, each verified; where one is damaged, another place that has it. Blocks on the disk; may be used from
/// several threads at once.
/// </summary>
internal sealed class ChunkReader : IDisposable
{
    /// <summary>
    /// Chunks that were read in part and are kept unpacked, at most 16 MiB: who reads in order wants the rest of them
    /// next, and many small reads go to few chunks.
    /// </summary>
    private const int UnpackedMax = 128;

    private readonly LeaseCache<MerkleHash, OpenXorb> _xorbs;
    private readonly OtherCopies _copies;
    private readonly LeaseCache<ChunkPlace, UnpackedChunk> _unpacked;

    public ChunkReader(LeaseCache<MerkleHash, OpenXorb> xorbs, OtherCopies copies)
    {
        _xorbs = xorbs;
        _copies = copies;
        _unpacked = new LeaseCache<ChunkPlace, UnpackedChunk>(Unpack, UnpackedMax);
    }

    /// <summary>
    /// Fills <paramref name="destination"/> with a whole chunk. Throws <see cref="XorbDamageException"/> and what
    /// reading throws.
    /// </summary>
    public void Read(XorbReader xorb, int chunk, Span<byte> destination)
    {
        try
        {
            xorb.ReadChunk(chunk, destination);
        }
        catch (Exception e) when (e is XorbDamageException or IOException)
        {
            if (!_copies.TryRead(xorb.Index, chunk, destination, e))
            {
                throw;
            }
        }
    }

    /// <summary>Fills <paramref name="destination"/> with a part of a chunk; throws likewise.</summary>
    public void ReadPart(ChunkPlace place, int chunkOffset, Span<byte> destination)
    {
        using var lease = _unpacked.Borrow(place);
        lease.Value.Bytes.Slice(chunkOffset, destination.Length).CopyTo(destination);
    }

    public void Dispose() => _unpacked.Dispose();

    private UnpackedChunk Unpack(ChunkPlace place)
    {
        using var lease = _xorbs.Borrow(place.Xorb);
        var reader = new XorbReader(lease.Value.Bytes, lease.Value.Index);
        var chunk = (int)place.Index;
        return UnpackedChunk.Of(
            reader.Index.Layout.ChunkLength(chunk), destination => Read(reader, chunk, destination.Span));
    }
}
