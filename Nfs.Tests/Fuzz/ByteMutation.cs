using System.Buffers.Binary;
using Nfs.Tests.Fixtures;

namespace Nfs.Tests.Fuzz;

/// <summary>One change of an input, of the kinds that break readers: lengths, counts, offsets, ends.</summary>
internal static class ByteMutation
{
    private static readonly uint[] s_numbers =
    [
        0, 1, 2, 7, 8, 9, 47, 48, 49, 200, 255, 256, 8191, 8192, 8193, 65_535, 131_072, 131_073, 262_144, 262_145,
        0x00FF_FFFF, 0x0400_0000, 0x7FFF_FFFF, 0x8000_0000, 0xC000_0000, 0xFFFF_FFFE, 0xFFFF_FFFF,
    ];

    /// <summary>A changed copy, or the input itself changed in place.</summary>
    public static byte[] Apply(byte[] input, IReadOnlyList<byte[]> samples, SplitMix64 random)
    {
        if (input.Length == 0)
        {
            return [(byte)random.Next()];
        }

        var at = random.Below(input.Length);
        switch (random.Below(9))
        {
            case 0:
                input[at] ^= (byte)(1 << random.Below(8));
                return input;
            case 1:
                input[at] = (byte)random.Next();
                return input;
            case 2:
                return PutNumber(input, at & ~3, s_numbers[random.Below(s_numbers.Length)], random.Below(2) == 0);
            case 3:
                return PutNumber(input, at, (uint)random.Below(input.Length + 1), random.Below(2) == 0);
            case 4:
                return input[..at];
            case 5:
                return [.. input[..at], .. input[random.Below(input.Length)..]];
            case 6:
                var other = samples[random.Below(samples.Count)];
                return [.. input[..at], .. other[random.Below(other.Length)..]];
            case 7:
                return [.. input[..at], .. random.Bytes(1 + random.Below(64)), .. input[at..]];
            default:
                input.AsSpan(at, Math.Min(input.Length - at, 1 + random.Below(64))).Fill((byte)(random.Below(2) * 255));
                return input;
        }
    }

    private static byte[] PutNumber(byte[] input, int at, uint number, bool isLong)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, number);
        bytes = bytes[..Math.Min(isLong ? sizeof(ulong) : sizeof(uint), input.Length - at)];
        bytes.CopyTo(input.AsSpan(at));
        return input;
    }
}
