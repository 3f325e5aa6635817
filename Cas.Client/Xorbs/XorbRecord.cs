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
}
