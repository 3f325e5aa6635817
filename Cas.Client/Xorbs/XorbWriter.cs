namespace Cas.Client.Xorbs;

/// <summary>What <see cref="XorbWriter.Finish"/> made: the index of the xorb, and how long the whole is.</summary>
internal readonly record struct WrittenXorb(XorbIndex Index, long Length);

/// <summary>
/// Writes one xorb into a stream, a record at a time: memory holds 40 bytes for each chunk. The caller finishes it when
/// a chunk is refused, and begins another. Not for use by several threads; the stream is borrowed.
/// </summary>
internal sealed class XorbWriter(Stream output)
{
    private readonly List<MerkleHash> _hashes = [];
    private readonly List<uint> _recordEnds = [];
    private readonly List<uint> _chunkEnds = [];
    private bool _isFinished;

    /// <summary>Chunks so far.</summary>
    public int Count => _hashes.Count;

    /// <summary>Length of the records so far.</summary>
    public uint RecordBytes => Count == 0 ? 0 : _recordEnds[^1];

    /// <summary>Length of the chunks so far.</summary>
    public uint ChunkBytes => Count == 0 ? 0 : _chunkEnds[^1];

    /// <summary>
    /// Appends a record that <see cref="ChunkCodec.Pack"/> made. False, with nothing written, if a limit of the format
    /// would be passed; never for the first chunk, and never while chunks and headers together are within it.
    /// </summary>
    public bool TryAppend(MerkleHash hash, in ChunkHeader header, ReadOnlySpan<byte> payload)
    {
        ObjectDisposedException.ThrowIf(_isFinished, this);
        ArgumentOutOfRangeException.ThrowIfNotEqual(payload.Length, header.PayloadLength);
        if (!HasRoom(header.Length, header.RecordLength))
        {
            return false;
        }

        Span<byte> start = stackalloc byte[ChunkHeader.Bytes];
        header.Write(start);
        output.Write(start);
        output.Write(payload);
        _recordEnds.Add(RecordBytes + (uint)header.RecordLength);
        _chunkEnds.Add(ChunkBytes + (uint)header.Length);
        _hashes.Add(hash);
        return true;
    }

    /// <summary>
    /// Ends the xorb, which holds at least one chunk. With a footer it is in the stored form, without one in the form
    /// of an upload.
    /// </summary>
    public WrittenXorb Finish(bool hasFooter)
    {
        ObjectDisposedException.ThrowIf(_isFinished, this);
        if (Count == 0)
        {
            throw new InvalidOperationException("a xorb without a chunk has no name");
        }

        _isFinished = true;
        var layout = new XorbLayout([.. _recordEnds], [.. _chunkEnds]);
        var index = XorbIndex.Of(layout, [.. _hashes]);
        if (!hasFooter)
        {
            return new WrittenXorb(index, layout.RecordBytes);
        }

        var footer = XorbFooterWriter.Write(index.Xorb, layout, index.Hashes);
        output.Write(footer);
        return new WrittenXorb(index, layout.RecordBytes + footer.Length);
    }

    private bool HasRoom(int chunkLength, int recordLength) =>
        Count < XorbLimits.ChunksMax &&
        ChunkBytes + (long)chunkLength <= XorbLimits.WrittenBytesMax &&
        RecordBytes + (long)recordLength <= XorbLimits.WrittenBytesMax;
}
