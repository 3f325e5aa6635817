using System.Buffers.Binary;
using Cas.Client.Formats;

namespace Cas.Client.Xorbs;

/// <summary>
/// The start of an LZ4 frame. Little-endian:
/// <code>
/// offset size
///      0    4  magic, 0x184D2204
///      4    1  flags: version 01, independent blocks, block checksums, content size, content checksum, 0, dictionary
///      5    1  block size code in bits 4 to 6: 64 KiB, 256 KiB, 1 MiB, 4 MiB for 4 to 7; other bits 0
///      6    8  content size, if its flag is set
///           1  bits 8 to 15 of XXH32 from offset 4 to here
/// </code>
/// </summary>
internal readonly record struct Lz4FrameHeader(
    bool IsLinked, bool HasBlockChecksums, bool HasContentChecksum, int BlockBytesMax, ulong? ContentLength, int Length)
{
    /// <summary>Length of the shortest header.</summary>
    public const int BytesMin = 7;

    private const uint Magic = 0x184D2204;
    private const int VersionMask = 0xC0;
    private const int VersionOne = 0x40;
    private const int IndependentBlocks = 0x20;
    private const int BlockChecksums = 0x10;
    private const int ContentSize = 0x08;
    private const int ContentChecksum = 0x04;
    private const int Unsupported = 0x03; // a reserved bit, and dictionaries
    private const int BlockCodeMask = 0x70;
    private const int BlockCodeMin = 4;

    /// <summary>A header with independent blocks of 64 KiB, and of 256 KiB; nothing optional.</summary>
    public static ReadOnlySpan<byte> Small => [0x04, 0x22, 0x4D, 0x18, 0x60, 0x40, 0x82];

    /// <inheritdoc cref="Small"/>
    public static ReadOnlySpan<byte> Large => [0x04, 0x22, 0x4D, 0x18, 0x60, 0x50, 0xFB];

    /// <summary>Reads and checks it; null if it is good, otherwise what is wrong.</summary>
    public static string? Read(ReadOnlySpan<byte> frame, out Lz4FrameHeader header)
    {
        header = default;
        if (frame.Length < BytesMin || BinaryPrimitives.ReadUInt32LittleEndian(frame) != Magic)
        {
            return "no LZ4 frame";
        }

        int flags = frame[4], block = frame[5];
        var hasContentSize = (flags & ContentSize) != 0;
        var length = BytesMin + (hasContentSize ? sizeof(ulong) : 0);
        if ((flags & VersionMask) != VersionOne || (flags & Unsupported) != 0 ||
            (block & ~BlockCodeMask) != 0 || block >> 4 < BlockCodeMin)
        {
            return $"LZ4 frame settings {flags:x2} {block:x2} are not supported";
        }

        if (frame.Length < length || (byte)(XxHash32.Of(frame[4..(length - 1)]) >> 8) != frame[length - 1])
        {
            return "the LZ4 frame header does not match its checksum";
        }

        header = new Lz4FrameHeader(
            (flags & IndependentBlocks) == 0,
            (flags & BlockChecksums) != 0,
            (flags & ContentChecksum) != 0,
            1 << (8 + (2 * (block >> 4))),
            hasContentSize ? BinaryPrimitives.ReadUInt64LittleEndian(frame[6..]) : null,
            length);
        return null;
    }
}
