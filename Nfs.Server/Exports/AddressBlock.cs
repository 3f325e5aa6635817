using System.Net;
using Nfs.Server.Rpc;

namespace Nfs.Server.Exports;

/// <summary>
/// A network, ready to be asked at every call. IPv4 is the mapped part of IPv6 (<c>::ffff:0:0/96</c>), and a rule about
/// IPv6 says nothing about it: <c>::/0</c> has no IPv4 client.
/// </summary>
internal readonly struct AddressBlock
{
    private const int AddressBits = 128;
    private const int MappedPrefixBits = 96;
    private const int Version4Bytes = 4;

    private readonly UInt128 _first;
    private readonly UInt128 _mask;
    private readonly bool _isVersion4;

    public AddressBlock(IPNetwork network)
    {
        var isVersion4 = network.BaseAddress.GetAddressBytes().Length == Version4Bytes;
        var prefixBits = network.PrefixLength + (isVersion4 ? MappedPrefixBits : 0);
        var first = ClientAddress.From(network.BaseAddress);
        _mask = prefixBits == 0 ? UInt128.Zero : UInt128.MaxValue << (AddressBits - prefixBits);
        _first = first.Value & _mask;
        _isVersion4 = first.IsVersion4 && prefixBits >= MappedPrefixBits;
    }

    /// <summary>Whether every address of its version is in it.</summary>
    public bool IsEveryAddress => _mask == (_isVersion4 ? UInt128.MaxValue << (AddressBits - MappedPrefixBits) : 0);

    /// <summary>Whether it is IPv4.</summary>
    public bool IsVersion4 => _isVersion4;

    public bool Contains(ClientAddress address) =>
        (address.Value & _mask) == _first && address.IsVersion4 == _isVersion4;
}
