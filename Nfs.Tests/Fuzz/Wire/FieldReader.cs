using System.Buffers.Binary;

namespace Nfs.Tests.Fuzz.Wire;

/// <summary>
/// Cuts a message into its fields. Plain and slow, and shares nothing with the server's own decoder, against which it
/// is held. At the first thing that cannot be, it is broken and reads no further.
/// </summary>
internal sealed class FieldReader(byte[] bytes)
{
    private int _position;

    public List<XdrField> Fields { get; } = [];

    public bool IsBroken { get; private set; }

    public int Left => bytes.Length - _position;

    /// <summary>What has not been read.</summary>
    public ReadOnlySpan<byte> Rest => bytes.AsSpan(_position);

    public void Break() => IsBroken = true;

    /// <summary>A word up to <paramref name="max"/>; 0 when broken.</summary>
    public uint Number(uint max = uint.MaxValue, XdrKind kind = XdrKind.Number)
    {
        if (!Take(sizeof(uint), kind))
        {
            return 0;
        }

        var value = BinaryPrimitives.ReadUInt32BigEndian(Fields[^1].Bytes);
        IsBroken = value > max;
        return value;
    }

    public bool Flag() => Number(1, XdrKind.Choice) == 1;

    public void Long() => Take(sizeof(ulong), XdrKind.Long);

    /// <summary>The bytes of an opaque or string; empty when broken.</summary>
    public byte[] Opaque(XdrKind kind, uint max = uint.MaxValue)
    {
        var length = IsBroken || Left < sizeof(uint) ? 0 : BinaryPrimitives.ReadUInt32BigEndian(Rest);
        var padded = sizeof(uint) + ((length + 3L) / 4 * 4);
        if (length > max || !Take(padded, kind))
        {
            Break();
            return [];
        }

        return Fields[^1].Bytes[sizeof(uint)..(sizeof(uint) + (int)length)];
    }

    /// <summary>Adds what is left, if anything, as a field.</summary>
    public void Finish()
    {
        if (Left > 0)
        {
            Fields.Add(new XdrField(XdrKind.Rest, Rest.ToArray()));
            _position = bytes.Length;
        }
    }

    private bool Take(long length, XdrKind kind)
    {
        IsBroken |= length > Left;
        if (IsBroken)
        {
            return false;
        }

        Fields.Add(new XdrField(kind, Rest[..(int)length].ToArray()));
        _position += (int)length;
        return true;
    }
}
