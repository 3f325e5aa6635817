using System.Buffers.Binary;

namespace Nfs.Server.Xdr;

/// <summary>
/// Encodes XDR (RFC 4506) at the end of an <see cref="XdrBuffer"/>, which grows as needed. Padding is always zero.
/// <see cref="Complete"/> publishes what was written; without it nothing happened.
/// </summary>
internal ref struct XdrWriter
{
    private readonly XdrBuffer _buffer;
    private Span<byte> _span;
    private int _position;

    public XdrWriter(XdrBuffer buffer)
    {
        _buffer = buffer;
        _span = buffer.Span;
        _position = buffer.Length;
    }

    /// <summary>Offset of the next byte in the buffer.</summary>
    public readonly int Position => _position;

    /// <summary>Length of an opaque of <paramref name="length"/> bytes: length word, bytes, padding.</summary>
    public static int OpaqueBytes(int length) => sizeof(uint) + Padded(length);

    /// <summary><paramref name="length"/> rounded up to four.</summary>
    public static int Padded(int length) => (length + 3) & ~3;

    public void WriteUInt32(uint value) => BinaryPrimitives.WriteUInt32BigEndian(Reserve(sizeof(uint)), value);

    public void WriteUInt64(ulong value) => BinaryPrimitives.WriteUInt64BigEndian(Reserve(sizeof(ulong)), value);

    public void WriteBool(bool value) => WriteUInt32(value ? 1u : 0u);

    /// <summary>Variable-length opaque or string.</summary>
    public void WriteOpaque(scoped ReadOnlySpan<byte> bytes)
    {
        var space = Reserve(OpaqueBytes(bytes.Length));
        BinaryPrimitives.WriteUInt32BigEndian(space, (uint)bytes.Length);
        bytes.CopyTo(space[sizeof(uint)..]);
        space[(sizeof(uint) + bytes.Length)..].Clear();
    }

    /// <summary>The next <paramref name="length"/> bytes, to be filled completely by the caller.</summary>
    public Span<byte> Reserve(int length)
    {
        if (_span.Length - _position < length)
        {
            _buffer.Grow(_position + length, _position);
            _span = _buffer.Span;
        }

        var space = _span.Slice(_position, length);
        _position += length;
        return space;
    }

    /// <summary>Takes back everything from <paramref name="position"/> on.</summary>
    public void Rewind(int position) => _position = position;

    /// <summary>Makes what was written part of the buffer.</summary>
    public readonly void Complete() => _buffer.Length = _position;
}
