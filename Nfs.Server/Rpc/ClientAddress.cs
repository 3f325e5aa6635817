using System.Buffers.Binary;
using System.Net;

namespace Nfs.Server.Rpc;

/// <summary>A client's address without its port. IPv4 and IPv4-mapped IPv6 addresses are the same value.</summary>
/// <param name="Value">The IPv6 form in network order.</param>
internal readonly record struct ClientAddress(UInt128 Value)
{
    private const int Version4Bits = 32;
    private const uint MappedPrefix = 0xFFFF;
    private const uint LoopbackNet = 127;

    /// <summary>Whether it is IPv4: <c>::ffff:0:0/96</c>.</summary>
    public bool IsVersion4 => Value >> Version4Bits == MappedPrefix;

    /// <summary>Whether it is this machine's: <c>127.0.0.0/8</c> or <c>::1</c>.</summary>
    public bool IsLoopback => IsVersion4 ? (uint)Value >> 24 == LoopbackNet : Value == UInt128.One;

    /// <summary>
    /// What limits are counted for: an IPv4 address, or the first 64 bits of an IPv6 one, whose other half a single
    /// host can choose at will.
    /// </summary>
    public ClientAddress Network => IsVersion4 ? this : new ClientAddress(Value & ~(UInt128)ulong.MaxValue);

    public static ClientAddress From(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.MapToIPv6().TryWriteBytes(bytes, out _);
        return new ClientAddress(BinaryPrimitives.ReadUInt128BigEndian(bytes));
    }

    /// <summary>The address as text, IPv4 in dotted form.</summary>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, Value);
        var address = new IPAddress(bytes);
        return (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString();
    }
}
