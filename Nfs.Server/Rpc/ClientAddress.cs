using System.Buffers.Binary;
using System.Net;

namespace Nfs.Server.Rpc;

/// <summary>A client's address without its port. IPv4 and IPv4-mapped IPv6 addresses are the same value.</summary>
/// <param name="Value">The IPv6 form in network order.</param>
internal readonly record struct ClientAddress(UInt128 Value)
{
    private const ulong MappedIPv4 = 0xFFFF;

    /// <summary>
    /// What limits are counted for: an IPv4 address, or the first 64 bits of an IPv6 one, whose other half a single
    /// host can choose at will.
    /// </summary>
    public ClientAddress Network =>
        Value >> 32 == MappedIPv4 ? this : new ClientAddress(Value & ~(UInt128)ulong.MaxValue);

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
