using System.Buffers.Binary;
using System.Net;

namespace Nfs.Server.Rpc;

/// <summary>A client's address without its port. IPv4 and IPv4-mapped IPv6 addresses are the same value.</summary>
/// <param name="Value">The IPv6 form in network order.</param>
internal readonly record struct ClientAddress(UInt128 Value)
{
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
