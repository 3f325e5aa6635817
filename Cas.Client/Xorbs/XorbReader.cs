using System.Buffers;
using Cas.Client.Formats;
using Cas.Client.Hashing;

namespace Cas.Client.Xorbs;

/// <summary>
/// Reads chunks of one xorb, each verified against its hash. May be used from several threads at once; the bytes are
/// borrowed.
/// </summary>
internal sealed class XorbReader(IRandomBytes bytes, XorbIndex index)
{
    /// <summary>What the xorb holds.</summary>
    public XorbIndex Index => index;

    /// <summary>Opens a xorb by its name; as <see cref="XorbIndex.Read"/>.</summary>
    public static XorbReader Open(IRandomBytes bytes, MerkleHash xorb) => new(bytes, XorbIndex.Read(bytes, xorb));

    /// <summary>
    /// Fills the start of <paramref name="destination"/> with a chunk; its length. Throws
    /// <see cref="XorbDamageException"/>, and then the destination holds nothing of the chunk.
    /// </summary>
    public int ReadChunk(int chunkIndex, Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(chunkIndex);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(chunkIndex, index.Count);
        var length = index.Layout.ChunkLength(chunkIndex);
        ArgumentOutOfRangeException.ThrowIfLessThan(destination.Length, length);
        try
        {
            var chunk = XorbRecord.Unpack(bytes, index.Xorb, index.Layout, chunkIndex, destination);
            return XetHash.Chunk(chunk) == index.Hashes[chunkIndex]
                ? length
                : throw new XorbDamageException(
                    index.Xorb, chunkIndex, index.Layout.RecordOffset(chunkIndex), "its bytes do not match its hash");
        }
        catch (XorbDamageException)
        {
            destination[..length].Clear();
            throw;
        }
    }

    /// <summary>Fills <paramref name="destination"/> with the chunks of a half-open range; the length of all.</summary>
    public int ReadChunks(int chunkStart, int chunkEnd, Span<byte> destination)
    {
        var length = 0;
        for (var i = chunkStart; i < chunkEnd; i++)
        {
            length += ReadChunk(i, destination[length..]);
        }

        return length;
    }

    /// <summary>Reads and checks every chunk. Throws <see cref="XorbDamageException"/> for the first damaged one.</summary>
    public void Verify()
    {
        var chunk = ArrayPool<byte>.Shared.Rent(XorbLimits.ChunkBytesMax);
        try
        {
            for (var i = 0; i < index.Count; i++)
            {
                ReadChunk(i, chunk);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(chunk);
        }
    }
}
