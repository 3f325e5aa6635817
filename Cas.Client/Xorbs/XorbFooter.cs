using System.Buffers.Binary;
using Cas.Client.Formats;

namespace Cas.Client.Xorbs;

/// <summary>
/// What a stored xorb has behind its records. Little-endian, n chunks:
/// <code>
/// size       version 1
///   8        "XETBLOB", 1
///  32        xorb hash
///   8, 4     "XBLBHSH", 0; n
///  32n       chunk hashes
///   8, 4     "XBLBBND", 1; n
///   4n       ends of the records in the serialised bytes
///   4n       ends of the chunks in the unpacked bytes
///   4        n
///   4, 4     distance from the end of the reserved bytes to the hash section, to the boundary section
///   4, 12    a number of the uploader, ignored; reserved, 0
///   4        length of all that is before this field
///
///            version 0
///   8, 32    "XETBLOB", 0; xorb hash
///   4        n
///   4n, 32n  ends of the records; chunk hashes
///   4, 12, 4 as above
/// </code>
/// </summary>
internal static class XorbFooter
{
    public const int TagBytes = 8;
    public const int CountBytes = 4;
    public const int NonceBytes = 4;
    public const int ReservedBytes = 16;
    public const int LengthBytes = 4;
    public const int TrailerBytes = (3 * CountBytes) + ReservedBytes;
    public const int BytesPerChunk = MerkleHash.Bytes + (2 * sizeof(uint));
    public const int BytesPerChunkV0 = MerkleHash.Bytes + sizeof(uint);

    private const int FixedBytes =
        TagBytes + MerkleHash.Bytes + (2 * (TagBytes + CountBytes)) + TrailerBytes + LengthBytes;

    public static ReadOnlySpan<byte> Tag => "XETBLOB\u0001"u8;

    public static ReadOnlySpan<byte> TagV0 => "XETBLOB\0"u8;

    public static ReadOnlySpan<byte> HashTag => "XBLBHSH\0"u8;

    public static ReadOnlySpan<byte> BoundaryTag => "XBLBBND\u0001"u8;

    /// <summary>The tag without its version.</summary>
    private static ReadOnlySpan<byte> Ident => "XETBLOB"u8;

    /// <summary>Length of a footer of version 1, its length field included.</summary>
    public static int Length(int chunkCount) => FixedBytes + (BytesPerChunk * chunkCount);

    /// <summary>Whether a footer starts here: no record starts with these bytes.</summary>
    public static bool IsAt(IRandomBytes bytes, long offset)
    {
        const int identBytes = TagBytes - 1;
        if (bytes.Length - offset < identBytes)
        {
            return false;
        }

        Span<byte> start = stackalloc byte[identBytes];
        bytes.ReadAt(offset, start);
        return start.SequenceEqual(Ident);
    }

    /// <summary>
    /// The index that the footer holds; null if the end does not look like one. Throws
    /// <see cref="XorbDamageException"/> if it looks like one and is wrong.
    /// </summary>
    public static XorbIndex? TryRead(IRandomBytes bytes, MerkleHash xorb)
    {
        if (bytes.Length < LengthBytes)
        {
            return null;
        }

        Span<byte> last = stackalloc byte[LengthBytes];
        bytes.ReadAt(bytes.Length - LengthBytes, last);
        var length = BinaryPrimitives.ReadUInt32LittleEndian(last);
        var start = bytes.Length - LengthBytes - length;
        if (length > Length(XorbLimits.ChunksMax) || start < 0 || !IsAt(bytes, start))
        {
            return null;
        }

        if (start > XorbLimits.RecordBytesMax)
        {
            throw new XorbDamageException(
                xorb, null, start, $"the records are longer than {XorbLimits.RecordBytesMax} bytes");
        }

        using var window = ByteWindow.Open(bytes, start, (int)length);
        return new XorbFooterParser(bytes, window.Span, (uint)start, xorb).Parse();
    }
}
