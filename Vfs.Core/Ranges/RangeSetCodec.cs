namespace Vfs.Core.Ranges;

/// <summary>
/// A range set as bytes: for each range the gap since the end of the one before and its length, both as
/// little-endian base-128 numbers (7 bits a byte, the high bit says that more follow).
/// </summary>
internal static class RangeSetCodec
{
    private const int NumberBytesMax = 10;

    /// <summary>The bytes of <paramref name="set"/>; empty for an empty set.</summary>
    public static byte[] Encode(RangeSet set)
    {
        var buffer = new byte[set.Count * 2 * NumberBytesMax];
        var length = 0;
        ulong at = 0;
        foreach (var range in set)
        {
            length += WriteNumber(buffer.AsSpan(length), range.Start - at);
            length += WriteNumber(buffer.AsSpan(length), range.Length);
            at = range.End;
        }

        return buffer.AsSpan(0, length).ToArray();
    }

    /// <summary>Reads a set; throws <see cref="InvalidDataException"/> on bytes that no set encodes to.</summary>
    public static RangeSet Decode(ReadOnlySpan<byte> bytes)
    {
        var set = new RangeSet();
        ulong at = 0;
        while (!bytes.IsEmpty)
        {
            var gap = ReadNumber(ref bytes);
            var length = ReadNumber(ref bytes);
            if (length == 0 || gap > ulong.MaxValue - at || length > ulong.MaxValue - at - gap)
            {
                throw new InvalidDataException("damaged range set");
            }

            var start = at + gap;
            at = start + length;
            set.Add(new ByteRange(start, at));
        }

        return set;
    }

    private static int WriteNumber(Span<byte> into, ulong value)
    {
        var length = 0;
        for (; value >= 0x80; value >>= 7)
        {
            into[length++] = (byte)(value | 0x80);
        }

        into[length++] = (byte)value;
        return length;
    }

    private static ulong ReadNumber(ref ReadOnlySpan<byte> bytes)
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            if (bytes.IsEmpty)
            {
                break;
            }

            var next = bytes[0];
            bytes = bytes[1..];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw new InvalidDataException("damaged range set");
    }
}
