using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Globalization;

namespace Cas.Client;

/// <summary>
/// A 32-byte content hash as Xet handles it: four 64-bit words, little-endian in binary form, and each printed as 16
/// hex digits in text form. The zero hash stands for empty content.
/// </summary>
public readonly record struct MerkleHash(ulong A, ulong B, ulong C, ulong D)
{
    /// <summary>Length of the binary form.</summary>
    public const int Bytes = 32;

    /// <summary>Length of the text form.</summary>
    public const int TextLength = 64;

    /// <summary>The hash of empty content.</summary>
    public static MerkleHash Zero => default;

    /// <summary>From the binary form; <paramref name="bytes"/> holds at least 32.</summary>
    public static MerkleHash Read(ReadOnlySpan<byte> bytes) => new(
        BinaryPrimitives.ReadUInt64LittleEndian(bytes),
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]),
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]),
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[24..]));

    /// <summary>Writes the binary form; <paramref name="bytes"/> has room for 32.</summary>
    public void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, A);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[8..], B);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[16..], C);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[24..], D);
    }

    /// <summary>The binary form.</summary>
    public byte[] ToBytes()
    {
        var bytes = new byte[Bytes];
        Write(bytes);
        return bytes;
    }

    /// <summary>Reads the text form; false unless it is 64 hex digits.</summary>
    public static bool TryParse(string text, out MerkleHash hash)
    {
        hash = default;
        if (text.Length != TextLength)
        {
            return false;
        }

        Span<ulong> words = stackalloc ulong[4];
        for (var i = 0; i < 4; i++)
        {
            if (!ulong.TryParse(
                text.AsSpan(i * 16, 16), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out words[i]))
            {
                return false;
            }
        }

        hash = new MerkleHash(words[0], words[1], words[2], words[3]);
        return true;
    }

    /// <summary>Writes the text form in ASCII; false if there is no room for 64 characters.</summary>
    public bool TryFormat(Span<byte> text)
    {
        var format = new StandardFormat('x', 16);
        return text.Length >= TextLength
            && Utf8Formatter.TryFormat(A, text, out _, format)
            && Utf8Formatter.TryFormat(B, text[16..], out _, format)
            && Utf8Formatter.TryFormat(C, text[32..], out _, format)
            && Utf8Formatter.TryFormat(D, text[48..], out _, format);
    }

    /// <summary>The text form.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{A:x16}{B:x16}{C:x16}{D:x16}");
}
