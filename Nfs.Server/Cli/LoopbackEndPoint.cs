using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Nfs.Server.Units;

namespace Nfs.Server.Cli;

/// <summary>
/// Addresses to listen on: <c>127.0.0.1:2049</c>, <c>[::1]:2049</c>, <c>localhost:2049</c>. AUTH_SYS believes what a
/// client says about its users, and there are no rules yet that say which clients may be believed, so only this
/// machine's own addresses are accepted.
/// </summary>
internal static class LoopbackEndPoint
{
    private const string Syntax =
        "takes an address and a port, such as 127.0.0.1:2049 or [::1]:2049 (port 0 takes a free one)";

    public static Parsed<IPEndPoint> Parse(string text)
    {
        var colon = text.LastIndexOf(':');
        if (colon <= 0
            || !ushort.TryParse(
                text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            || AddressOf(text[..colon]) is not { } address)
        {
            return Parsed<IPEndPoint>.Refuse(Syntax);
        }

        return IPAddress.IsLoopback(address)
            ? new IPEndPoint(address, port)
            : Parsed<IPEndPoint>.Refuse(
                "takes only loopback addresses, such as 127.0.0.1 or [::1], because there are no rules yet that say "
                + "which other machines may connect");
    }

    private static IPAddress? AddressOf(string host)
    {
        if (host == "localhost")
        {
            return IPAddress.Loopback;
        }

        var isBracketed = host.StartsWith('[') && host.EndsWith(']');
        if (!IPAddress.TryParse(isBracketed ? host[1..^1] : host, out var address))
        {
            return null;
        }

        // IPv6 needs its brackets; IPv4 has four parts and none (the parser takes "127.1" and "2130706433" too).
        var isVersion6 = address.AddressFamily == AddressFamily.InterNetworkV6;
        return isVersion6 == isBracketed && (isVersion6 || address.ToString() == host) ? address : null;
    }
}
