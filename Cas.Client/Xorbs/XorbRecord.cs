using Cas.Client.Formats;

namespace Cas.Client.Xorbs;

/// <summary>Gets one chunk out of a xorb's bytes; the hash is checked by who knows it.</summary>
internal static class XorbRecord
{
    /// <summary>
    /// The chunk, in the first bytes of <paramref name="destination"/>, which has room for it. Throws
    /// <see cref="XorbDamageException"/> if the record and the layout disagree or the payload is damaged.
    /// </summary>
    public static Span<byte> Unpack(
        IRandomBytes bytes, MerkleHash xorb, XorbLayout layout, int index, Span<byte> destination)
    {
        var offset = layout.RecordOffset(index);
        var length = layout.RecordLength(index);
        var chunk = destination[..layout.ChunkLength(index)];
        if (offset + (long)length > bytes.Length || length <= ChunkHeader.Bytes)
        {
            throw new XorbDamageException(xorb, index, offset, "the record is outside the xorb");
        }

        if (TryReadStored(bytes, offset, length, chunk))
        {
            return chunk;
        }

        using var window = ByteWindow.Open(bytes, offset, length);
        var problem = ChunkHeader.Read(window.Span, out var header);
        if (problem is null && (header.RecordLength != length || header.Length != chunk.Length))
        {
            problem = $"the record announces {header.RecordLength} bytes for a chunk of {header.Length}, " +
                $"the index {length} for {chunk.Length}";
        }

        problem ??= ChunkCodec.Decode(header, window.Span[ChunkHeader.Bytes..], chunk);
        return problem is null ? chunk : throw new XorbDamageException(xorb, index, offset, problem);
    }

    /// <summary>
    /// Reads a chunk that is stored as it is, as its length tells, straight to where it is wanted. False, with nothing
    /// said about the record, if it is another or lies in memory.
    /// </summary>
    private static bool TryReadStored(IRandomBytes bytes, uint offset, int length, Span<byte> chunk)
    {
        if (length - ChunkHeader.Bytes != chunk.Length || bytes.TryView(offset, length, out _))
        {
            return false;
        }

        Span<byte> start = stackalloc byte[ChunkHeader.Bytes];
        bytes.ReadAt(offset, start);
        var isStored = ChunkHeader.Read(start, out var header) is null && header.Length == chunk.Length &&
            header.Scheme == CompressionScheme.None;
        if (isStored)
        {
            bytes.ReadAt(offset + ChunkHeader.Bytes, chunk);
        }

        return isStored;
    }
}
