using System.Buffers.Binary;

namespace Nfs.Server.Xdr;

/// <summary>
/// Decodes XDR (RFC 4506) from one contiguous record. Every length is compared with its maximum and with what is
/// left before anything is sliced, in 64 bits; a read that does not fit returns false and moves nothing.
/// Slices borrow from the record.
/// </summary>
internal ref struct XdrReader
{
    private readonly ReadOnlyMemory<byte> _memory;
    private readonly ReadOnlySpan<byte> _span;
    private int _position;

    public XdrReader(ReadOnlyMemory<byte> memory)
    {
        _memory = memory;
        _span = memory.Span;
    }

    /// <summary>Bytes not read yet.</summary>
    public readonly int Remaining => _span.Length - _position;

    /// <summary>What has not been read yet.</summary>
    public readonly ReadOnlyMemory<byte> Rest => _memory[_position..];

    public bool TryReadUInt32(out uint value)
    {
        if (!BinaryPrimitives.TryReadUInt32BigEndian(_span[_position..], out value))
        {
            return false;
        }

        _position += sizeof(uint);
        return true;
    }

    public bool TryReadUInt64(out ulong value)
    {
        if (!BinaryPrimitives.TryReadUInt64BigEndian(_span[_position..], out value))
        {
            return false;
        }

        _position += sizeof(ulong);
        return true;
    }

    /// <summary>A boolean or an optional-data discriminant: only 0 and 1 are legal.</summary>
    public bool TryReadBool(out bool value)
    {
        value = false;
        if (!BinaryPrimitives.TryReadUInt32BigEndian(_span[_position..], out var word) || word > 1)
        {
            return false;
        }

        value = word == 1;
        _position += sizeof(uint);
        return true;
    }

    /// <summary>Variable-length opaque or string of at most <paramref name="bytesMax"/> bytes.</summary>
    public bool TryReadOpaque(int bytesMax, out ReadOnlyMemory<byte> bytes)
    {
        bytes = default;
        if (!BinaryPrimitives.TryReadUInt32BigEndian(_span[_position..], out var length) || length > (uint)bytesMax)
        {
            return false;
        }

        // The padding has to be there; what it holds does not matter.
        var padded = ((ulong)length + 3) & ~3UL;
        if (sizeof(uint) + padded > (ulong)Remaining)
        {
            return false;
        }

        bytes = _memory.Slice(_position + sizeof(uint), (int)length);
        _position += sizeof(uint) + (int)padded;
        return true;
    }
}
