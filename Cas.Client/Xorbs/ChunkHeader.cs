namespace Cas.Client.Xorbs;

/// <summary>
/// The start of a chunk's record. Little-endian:
/// <code>
/// offset size
///      0    1  version, 0
///      1    3  payload length, at most 262144
///      4    1  scheme, 0 to 2
///      5    3  chunk length, 1 to 131072
///      8       payload
/// </code>
/// </summary>
internal readonly record struct ChunkHeader(CompressionScheme Scheme, int PayloadLength, int Length)
{
    /// <summary>Its length.</summary>
    public const int Bytes = 8;

    private const byte Version = 0;

    /// <summary>Length of header and payload.</summary>
    public int RecordLength => Bytes + PayloadLength;

    /// <summary>Reads and checks it; null if it is good, otherwise what is wrong.</summary>
    public static string? Read(ReadOnlySpan<byte> bytes, out ChunkHeader header)
    {
        header = new ChunkHeader((CompressionScheme)bytes[4], ReadUInt24(bytes[1..]), ReadUInt24(bytes[5..]));
        if (bytes[0] != Version)
        {
            return $"record version {bytes[0]} is not known";
        }

        if (header.Scheme > CompressionScheme.GroupedLz4)
        {
            return $"compression scheme {bytes[4]} is not known";
        }

        if (header.Length is 0 or > XorbLimits.ChunkBytesMax)
        {
            return $"a chunk of {header.Length} bytes is outside 1 to {XorbLimits.ChunkBytesMax}";
        }

        if (header.PayloadLength is 0 or > XorbLimits.PayloadBytesMax)
        {
            return $"a payload of {header.PayloadLength} bytes is outside 1 to {XorbLimits.PayloadBytesMax}";
        }

        return header.Scheme == CompressionScheme.None && header.PayloadLength != header.Length
            ? $"an uncompressed chunk of {header.Length} bytes has a payload of {header.PayloadLength}"
            : null;
    }

    /// <summary>Writes it.</summary>
    public void Write(Span<byte> bytes)
    {
        bytes[0] = Version;
        WriteUInt24(bytes[1..], PayloadLength);
        bytes[4] = (byte)Scheme;
        WriteUInt24(bytes[5..], Length);
    }

    private static int ReadUInt24(ReadOnlySpan<byte> bytes) => bytes[0] | (bytes[1] << 8) | (bytes[2] << 16);

    private static void WriteUInt24(Span<byte> bytes, int value)
    {
        bytes[0] = (byte)value;
        bytes[1] = (byte)(value >> 8);
        bytes[2] = (byte)(value >> 16);
    }
}
