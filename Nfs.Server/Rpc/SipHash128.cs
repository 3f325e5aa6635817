using System.Buffers.Binary;
using System.Numerics;

namespace Nfs.Server.Rpc;

/// <summary>
/// SipHash-2-4 with 128 bits of output (Aumasson and Bernstein; little-endian words, output low half first): a keyed
/// hash that is fast on a few bytes. Immutable.
/// </summary>
internal readonly struct SipHash128
{
    /// <summary>Bytes of a key.</summary>
    public const int KeyBytes = 16;

    private readonly ulong _k0;
    private readonly ulong _k1;

    public SipHash128(ReadOnlySpan<byte> key)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(key.Length, KeyBytes);
        _k0 = BinaryPrimitives.ReadUInt64LittleEndian(key);
        _k1 = BinaryPrimitives.ReadUInt64LittleEndian(key[8..]);
    }

    /// <summary>The hash of <paramref name="data"/> as its first and its last eight bytes.</summary>
    public (ulong First, ulong Last) Compute(ReadOnlySpan<byte> data)
    {
        var v0 = _k0 ^ 0x736f6d6570736575;
        var v1 = _k1 ^ 0x646f72616e646f6d ^ 0xee;
        var v2 = _k0 ^ 0x6c7967656e657261;
        var v3 = _k1 ^ 0x7465646279746573;
        var tail = (ulong)(uint)data.Length << 56;
        for (; data.Length >= 8; data = data[8..])
        {
            Compress(ref v0, ref v1, ref v2, ref v3, BinaryPrimitives.ReadUInt64LittleEndian(data));
        }

        for (var i = 0; i < data.Length; i++)
        {
            tail |= (ulong)data[i] << (8 * i);
        }

        Compress(ref v0, ref v1, ref v2, ref v3, tail);
        v2 ^= 0xee;
        FourRounds(ref v0, ref v1, ref v2, ref v3);
        var first = v0 ^ v1 ^ v2 ^ v3;
        v1 ^= 0xdd;
        FourRounds(ref v0, ref v1, ref v2, ref v3);
        return (first, v0 ^ v1 ^ v2 ^ v3);
    }

    private static void Compress(ref ulong v0, ref ulong v1, ref ulong v2, ref ulong v3, ulong word)
    {
        v3 ^= word;
        Round(ref v0, ref v1, ref v2, ref v3);
        Round(ref v0, ref v1, ref v2, ref v3);
        v0 ^= word;
    }

    private static void FourRounds(ref ulong v0, ref ulong v1, ref ulong v2, ref ulong v3)
    {
        for (var i = 0; i < 4; i++)
        {
            Round(ref v0, ref v1, ref v2, ref v3);
        }
    }

    private static void Round(ref ulong v0, ref ulong v1, ref ulong v2, ref ulong v3)
    {
        v0 += v1;
        v2 += v3;
        v1 = BitOperations.RotateLeft(v1, 13) ^ v0;
        v3 = BitOperations.RotateLeft(v3, 16) ^ v2;
        v0 = BitOperations.RotateLeft(v0, 32);
        v2 += v1;
        v0 += v3;
        v1 = BitOperations.RotateLeft(v1, 17) ^ v2;
        v3 = BitOperations.RotateLeft(v3, 21) ^ v0;
        v2 = BitOperations.RotateLeft(v2, 32);
    }
}
