using System.Buffers;
using Cas.Client.Formats;

namespace Cas.Client.Xorbs;

/// <summary>Where the records of a xorb lie and how long their chunks are. Immutable.</summary>
internal sealed class XorbLayout
{
    private readonly uint[] _recordEnds;
    private readonly uint[] _chunkEnds;

    /// <summary>
    /// From the ends of the records in the serialised bytes and the ends of the chunks in the unpacked bytes: as many
    /// of each, ascending, at least one. Takes the arrays over.
    /// </summary>
    public XorbLayout(uint[] recordEnds, uint[] chunkEnds)
    {
        _recordEnds = recordEnds;
        _chunkEnds = chunkEnds;
    }

    /// <summary>Number of chunks.</summary>
    public int Count => _recordEnds.Length;

    /// <summary>Length of all records, which is where a footer starts.</summary>
    public uint RecordBytes => _recordEnds[^1];

    /// <summary>Length of all chunks.</summary>
    public uint ChunkBytes => _chunkEnds[^1];

    /// <summary>Where the record of a chunk starts.</summary>
    public uint RecordOffset(int index) => index == 0 ? 0 : _recordEnds[index - 1];

    /// <summary>Length of the record, header and payload.</summary>
    public int RecordLength(int index) => (int)(_recordEnds[index] - RecordOffset(index));

    /// <summary>Where the chunk starts in the unpacked xorb.</summary>
    public uint ChunkOffset(int index) => index == 0 ? 0 : _chunkEnds[index - 1];

    /// <summary>Length of the chunk.</summary>
    public int ChunkLength(int index) => (int)(_chunkEnds[index] - ChunkOffset(index));

    /// <summary>
    /// Reads the header of each record up to the end or the footer. Throws <see cref="XorbDamageException"/>.
    /// </summary>
    public static XorbLayout Walk(IRandomBytes bytes, MerkleHash xorb)
    {
        var recordEnds = ArrayPool<uint>.Shared.Rent(XorbLimits.ChunksMax);
        var chunkEnds = ArrayPool<uint>.Shared.Rent(XorbLimits.ChunksMax);
        try
        {
            var count = Walk(bytes, xorb, recordEnds, chunkEnds);
            return new XorbLayout(recordEnds.AsSpan(0, count).ToArray(), chunkEnds.AsSpan(0, count).ToArray());
        }
        finally
        {
            ArrayPool<uint>.Shared.Return(recordEnds);
            ArrayPool<uint>.Shared.Return(chunkEnds);
        }
    }

    /// <summary>
    /// Reads the header of a record that starts at an offset and lies inside the bytes. Throws
    /// <see cref="XorbDamageException"/>.
    /// </summary>
    public static ChunkHeader ReadHeader(IRandomBytes bytes, MerkleHash xorb, int index, long offset)
    {
        if (bytes.Length - offset < ChunkHeader.Bytes)
        {
            throw new XorbDamageException(xorb, index, offset, "it ends inside a record's header");
        }

        Span<byte> start = stackalloc byte[ChunkHeader.Bytes];
        bytes.ReadAt(offset, start);
        if (ChunkHeader.Read(start, out var header) is { } problem)
        {
            throw new XorbDamageException(xorb, index, offset, problem);
        }

        return header.RecordLength <= bytes.Length - offset
            ? header
            : throw new XorbDamageException(xorb, index, offset, "it ends inside a record");
    }

    private static int Walk(IRandomBytes bytes, MerkleHash xorb, Span<uint> recordEnds, Span<uint> chunkEnds)
    {
        var count = 0;
        var offset = 0L;
        var unpacked = 0L;
        while (offset < bytes.Length && !XorbFooter.IsAt(bytes, offset))
        {
            if (count == XorbLimits.ChunksMax)
            {
                throw new XorbDamageException(xorb, null, offset, $"more than {XorbLimits.ChunksMax} chunks");
            }

            var header = ReadHeader(bytes, xorb, count, offset);
            offset += header.RecordLength;
            unpacked += header.Length;
            if (offset > XorbLimits.RecordBytesMax)
            {
                throw new XorbDamageException(
                    xorb, count, offset, $"the records are longer than {XorbLimits.RecordBytesMax} bytes");
            }

            recordEnds[count] = (uint)offset;
            chunkEnds[count++] = (uint)unpacked;
        }

        return count > 0 ? count : throw new XorbDamageException(xorb, null, 0, "it holds no chunk");
    }
}
