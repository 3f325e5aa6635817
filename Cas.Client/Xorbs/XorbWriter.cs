using System.Buffers;

namespace Cas.Client.Xorbs;

/// <summary>What <see cref="XorbWriter.Finish"/> made: the index of the xorb, and how long the whole is.</summary>
internal readonly record struct WrittenXorb(XorbIndex Index, long Length);

/// <summary>
/// Writes one xorb into a stream, a record at a time: memory holds one record, and 40 bytes for each chunk. The caller
/// finishes it when a chunk is refused, and begins another. Not for use by several threads; the stream is borrowed.
/// </summary>
internal sealed class XorbWriter(Stream output) : IDisposable
{
    private readonly List<MerkleHash> _hashes = [];
    private readonly List<uint> _recordEnds = [];
    private readonly List<uint> _chunkEnds = [];
    private readonly SchemeChoice _choice = new();
    private byte[]? _record;
    private bool _isFinished;

    /// <summary>Chunks so far.</summary>
    public int Count => _hashes.Count;

    /// <summary>Length of the records so far.</summary>
    public uint RecordBytes => Count == 0 ? 0 : _recordEnds[^1];

    /// <summary>Length of the chunks so far.</summary>
    public uint ChunkBytes => Count == 0 ? 0 : _chunkEnds[^1];

    /// <summary>A file starts with the next chunk: its data may ask for another compression.</summary>
    public void StartFile() => _choice.Restart();

    /// <summary>
    /// Compresses and appends a chunk whose hash is <paramref name="hash"/>. False, with nothing written, if a limit
    /// of the format would be passed; never for the first chunk.
    /// </summary>
    public bool TryAdd(MerkleHash hash, ReadOnlySpan<byte> chunk)
    {
        if (!HasRoom(chunk.Length, 0))
        {
            return false;
        }

        _record ??= ArrayPool<byte>.Shared.Rent(ChunkCodec.RecordBytesMax);
        var length = ChunkCodec.Encode(chunk, _choice.Next(chunk), _record);
        return TryAppend(hash, _record.AsSpan(0, length));
    }

    /// <summary>
    /// Appends a record that <see cref="ChunkCodec.Encode"/> made, perhaps on another thread. False, with nothing
    /// written, if a limit of the format would be passed.
    /// </summary>
    public bool TryAppend(MerkleHash hash, ReadOnlySpan<byte> record)
    {
        ObjectDisposedException.ThrowIf(_isFinished, this);
        if (ChunkHeader.Read(record, out var header) is { } problem || header.RecordLength != record.Length)
        {
            throw new ArgumentException("not the record of a chunk", nameof(record));
        }

        if (!HasRoom(header.Length, record.Length))
        {
            return false;
        }

        output.Write(record);
        _recordEnds.Add(RecordBytes + (uint)record.Length);
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

    /// <summary>Gives the buffer back; an unfinished xorb stays as it is in the stream.</summary>
    public void Dispose()
    {
        _isFinished = true;
        if (_record is { } record)
        {
            _record = null;
            ArrayPool<byte>.Shared.Return(record);
        }
    }

    private bool HasRoom(int chunkLength, int recordLength) =>
        Count < XorbLimits.ChunksMax &&
        ChunkBytes + (long)chunkLength <= XorbLimits.WrittenBytesMax &&
        RecordBytes + (long)recordLength <= XorbLimits.WrittenBytesMax;
}
