using System.Buffers.Binary;
using System.Numerics;

namespace Cas.Client.Formats;

/// <summary>XXH32 with seed 0: the checksum inside LZ4 frames.</summary>
internal static class XxHash32
{
    private const uint Prime1 = 0x9E3779B1;
    private const uint Prime2 = 0x85EBCA77;
    private const uint Prime3 = 0xC2B2AE3D;
    private const uint Prime4 = 0x27D4EB2F;
    private const uint Prime5 = 0x165667B1;
    private const int StripeBytes = 16;

    /// <summary>The checksum of all of <paramref name="data"/>.</summary>
    public static uint Of(ReadOnlySpan<byte> data)
    {
        var length = (uint)data.Length;
        var state = data.Length >= StripeBytes ? Stripes(ref data) : Prime5;
        state += length;
        for (; data.Length >= 4; data = data[4..])
        {
            state += BinaryPrimitives.ReadUInt32LittleEndian(data) * Prime3;
            state = BitOperations.RotateLeft(state, 17) * Prime4;
        }

        foreach (var last in data)
        {
            state = BitOperations.RotateLeft(state + (last * Prime5), 11) * Prime1;
        }

        state = (state ^ (state >> 15)) * Prime2;
        state = (state ^ (state >> 13)) * Prime3;
        return state ^ (state >> 16);
    }

    private static uint Stripes(ref ReadOnlySpan<byte> data)
    {
        uint a = unchecked(Prime1 + Prime2), b = Prime2, c = 0, d = unchecked(0 - Prime1);
        for (; data.Length >= StripeBytes; data = data[StripeBytes..])
        {
            a = Round(a, data);
            b = Round(b, data[4..]);
            c = Round(c, data[8..]);
            d = Round(d, data[12..]);
        }

        return BitOperations.RotateLeft(a, 1) + BitOperations.RotateLeft(b, 7) +
            BitOperations.RotateLeft(c, 12) + BitOperations.RotateLeft(d, 18);
    }

    private static uint Round(uint lane, ReadOnlySpan<byte> word) =>
        BitOperations.RotateLeft(lane + (BinaryPrimitives.ReadUInt32LittleEndian(word) * Prime2), 13) * Prime1;
}
