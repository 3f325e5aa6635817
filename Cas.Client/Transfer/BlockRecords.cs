using System.Runtime.InteropServices;
using Cas.Client.Hashing;
using Cas.Client.Xorbs;

namespace Cas.Client.Transfer;

/// <summary>A chunk that goes into a xorb, and where its bytes, or what they are packed to, start in its block.</summary>
internal readonly record struct BlockRecord(MerkleHash Hash, SessionXorb Xorb, int Offset, ChunkHeader Header);

/// <summary>
/// The chunks of a block that have to be written. They are packed in their own place in the block's buffer, so that
/// records take no memory besides. Used by one thread at a time.
/// </summary>
internal sealed class BlockRecords(Memory<byte> block)
{
    private readonly List<BlockRecord> _records = [];

    /// <summary>The records in order; uncompressed until they are packed.</summary>
    public ReadOnlySpan<BlockRecord> Records => CollectionsMarshal.AsSpan(_records);

    /// <summary>Adds the chunk at an offset of the block; it has the next place in its xorb.</summary>
    public void Add(MerkleNode chunk, int offset, SessionXorb xorb) =>
        _records.Add(new BlockRecord(
            chunk.Hash, xorb, offset, new ChunkHeader(CompressionScheme.None, (int)chunk.Length, (int)chunk.Length)));

    /// <summary>Compresses where that is shorter; the bytes of the chunks are gone then.</summary>
    public void Pack()
    {
        // Decided on one chunk for all: looking at every one costs more than it gains.
        var scheme = _records.Count == 0 ? CompressionScheme.None : GroupingChoice.Of(ChunkOf(_records[0]));
        foreach (ref var record in CollectionsMarshal.AsSpan(_records))
        {
            record = record with { Header = ChunkCodec.Pack(ChunkOf(record), scheme) };
        }
    }

    /// <summary>The payload of a record that is packed.</summary>
    public ReadOnlySpan<byte> PayloadOf(in BlockRecord record) =>
        block.Span.Slice(record.Offset, record.Header.PayloadLength);

    private Span<byte> ChunkOf(in BlockRecord record) => block.Span.Slice(record.Offset, record.Header.Length);
}
