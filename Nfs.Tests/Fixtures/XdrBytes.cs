using System.Buffers.Binary;
using System.Text;

namespace Nfs.Tests.Fixtures;

/// <summary>XDR by hand, byte for byte, so that malformed input can be made as easily as good input.</summary>
internal sealed class XdrBytes
{
    private readonly List<byte> _bytes = [];

    public int Length => _bytes.Count;

    public static implicit operator byte[](XdrBytes bytes) => [.. bytes._bytes];

    public XdrBytes U32(uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        _bytes.AddRange(bytes);
        return this;
    }

    public XdrBytes U64(ulong value) => U32((uint)(value >> 32)).U32((uint)value);

    public XdrBytes Raw(ReadOnlySpan<byte> bytes)
    {
        _bytes.AddRange(bytes);
        return this;
    }

    public XdrBytes Opaque(ReadOnlySpan<byte> bytes, byte padding = 0)
    {
        U32((uint)bytes.Length).Raw(bytes);
        while (_bytes.Count % 4 != 0)
        {
            _bytes.Add(padding);
        }

        return this;
    }

    public XdrBytes Text(string text) => Opaque(Encoding.UTF8.GetBytes(text));

    /// <summary><c>sattr3</c> that changes nothing, or the mode, or the size.</summary>
    public XdrBytes Sattr(uint? mode = null, ulong? size = null)
    {
        _ = mode is { } m ? U32(1).U32(m) : U32(0);
        U32(0).U32(0);
        _ = size is { } s ? U32(1).U64(s) : U32(0);
        return U32(0).U32(0);
    }
}
