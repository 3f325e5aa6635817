using System.Buffers.Binary;
using Cas.Client.Formats;

namespace Cas.Client.Xorbs;

/// <summary>
/// LZ4 frames around chunks. Behind the header come blocks, each a length (bit 31: stored as it is), the bytes and a
/// checksum if the header says so; a length of 0 ends them; a checksum of the content if the header says so.
/// Nothing is allocated: a frame decodes into the chunk's own buffer or is an error.
/// </summary>
internal static class Lz4Frame
{
    private const uint Stored = 0x8000_0000;
    private const int SmallBlockBytesMax = 64 * 1024;
    private const int LengthBytes = 4;
    private const int ChecksumBytes = 4;

    /// <summary>
    /// Compresses a chunk as one block; the frame's length, or 0 if it does not fit into
    /// <paramref name="frame"/>. <paramref name="state"/> as in <see cref="Lz4Library.Compress"/>.
    /// </summary>
    public static int Compress(ReadOnlySpan<byte> chunk, Span<byte> frame, Span<byte> state)
    {
        var header = chunk.Length <= SmallBlockBytesMax ? Lz4FrameHeader.Small : Lz4FrameHeader.Large;
        var before = header.Length + LengthBytes;
        var room = frame.Length - before - LengthBytes;
        var block = room <= 0 ? 0 : Lz4Library.Instance.Compress(state, chunk, frame.Slice(before, room));
        if (block <= 0)
        {
            return 0;
        }

        header.CopyTo(frame);
        BinaryPrimitives.WriteInt32LittleEndian(frame[header.Length..], block);
        frame.Slice(before + block, LengthBytes).Clear();
        return before + block + LengthBytes;
    }

    /// <summary>
    /// Fills <paramref name="chunk"/> from the one frame that <paramref name="frame"/> is; null if that worked,
    /// otherwise what is wrong.
    /// </summary>
    public static string? Decompress(ReadOnlySpan<byte> frame, Span<byte> chunk)
    {
        if (Lz4FrameHeader.Read(frame, out var header) is { } problem)
        {
            return problem;
        }

        if (header.ContentLength is { } announced && announced != (ulong)chunk.Length)
        {
            return $"the LZ4 frame announces {announced} bytes, the record {chunk.Length}";
        }

        var rest = frame[header.Length..];
        return Blocks(header, ref rest, chunk) ?? End(header, rest, chunk);
    }

    private static string? Blocks(in Lz4FrameHeader header, ref ReadOnlySpan<byte> rest, Span<byte> chunk)
    {
        var done = 0;
        while (true)
        {
            if (!TryReadUInt32(ref rest, out var length))
            {
                return "the LZ4 frame has no end";
            }

            if (length == 0)
            {
                return done == chunk.Length ? null : $"the LZ4 frame holds {done} bytes, the record {chunk.Length}";
            }

            var blockLength = length & ~Stored;
            if (blockLength > header.BlockBytesMax || blockLength > rest.Length)
            {
                return $"an LZ4 block of {blockLength} bytes is longer than its limit or the frame";
            }

            var block = rest[..(int)blockLength];
            rest = rest[(int)blockLength..];
            if (header.HasBlockChecksums && !IsNextChecksum(ref rest, block))
            {
                return "an LZ4 block does not match its checksum";
            }

            var count = Block(header, block, (length & Stored) != 0, chunk, done);
            if (count < 0)
            {
                return "an LZ4 block is damaged";
            }

            done += count;
        }
    }

    private static int Block(
        in Lz4FrameHeader header, ReadOnlySpan<byte> block, bool isStored, Span<byte> chunk, int done)
    {
        var room = Math.Min(chunk.Length - done, header.BlockBytesMax);
        if (!isStored)
        {
            return Lz4Library.Instance.Decompress(block, chunk, done, room, header.IsLinked);
        }

        return block.Length <= room && block.TryCopyTo(chunk[done..]) ? block.Length : -1;
    }

    private static string? End(in Lz4FrameHeader header, ReadOnlySpan<byte> rest, ReadOnlySpan<byte> chunk)
    {
        if (header.HasContentChecksum && !IsNextChecksum(ref rest, chunk))
        {
            return "the LZ4 frame does not match its checksum";
        }

        return rest.IsEmpty ? null : $"{rest.Length} bytes follow the LZ4 frame";
    }

    private static bool IsNextChecksum(ref ReadOnlySpan<byte> rest, ReadOnlySpan<byte> data) =>
        TryReadUInt32(ref rest, out var checksum) && checksum == XxHash32.Of(data);

    private static bool TryReadUInt32(ref ReadOnlySpan<byte> rest, out uint value)
    {
        if (!BinaryPrimitives.TryReadUInt32LittleEndian(rest, out value))
        {
            return false;
        }

        rest = rest[ChecksumBytes..];
        return true;
    }
}
