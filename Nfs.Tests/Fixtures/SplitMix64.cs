using System.Buffers.Binary;

namespace Nfs.Tests.Fixtures;

/// <summary>The generator from which golden inputs are made: the same numbers in every language.</summary>
internal sealed class SplitMix64(ulong seed)
{
    private ulong _state = seed;

    /// <summary>The next number.</summary>
    public ulong Next()
    {
        _state += 0x9E3779B97F4A7C15;
        var z = _state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>A number from 0 up to, not including, <paramref name="limit"/>.</summary>
    public int Below(int limit) => (int)(Next() % (ulong)limit);

    /// <summary>Bytes of successive numbers, little-endian.</summary>
    public byte[] Bytes(int length)
    {
        var bytes = new byte[(length + 7) / 8 * 8];
        for (var offset = 0; offset < bytes.Length; offset += 8)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(offset), Next());
        }

        return bytes[..length];
    }
}
