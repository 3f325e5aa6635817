using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Cas.Client.Hashing;

/// <summary>What a BLAKE3 computation starts from: the eight words of its key, and the flag of its mode.</summary>
/// <param name="Words">The key, or the initial values that stand for "no key".</param>
/// <param name="Flags">Set in every block.</param>
internal readonly record struct Blake3Key(Vector256<uint> Words, uint Flags)
{
    /// <summary>Length of a key.</summary>
    public const int Bytes = 32;

    private const uint KeyedHash = 16;

    /// <summary>The mode without a key.</summary>
    public static Blake3Key None => new(Vector256.Create(
        0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19), 0);

    /// <summary>The keyed mode; <paramref name="key"/> holds 32 bytes.</summary>
    public static Blake3Key From(ReadOnlySpan<byte> key)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(key.Length, Bytes);
        return new(Vector256.Create(MemoryMarshal.Cast<byte, uint>(key)), KeyedHash);
    }
}
