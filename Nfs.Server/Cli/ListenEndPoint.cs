using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Nfs.Server.Units;

namespace Nfs.Server.Cli;

/// <summary>
/// Addresses to listen on: <c>127.0.0.1:2049</c>, <c>[::1]:2049</c>, <c>localhost:2049</c>, <c>0.0.0.0:2049</c> for all
/// of IPv4, <c>[::]:2049</c> for IPv6 and IPv4.
/// </summary>
internal static class ListenEndPoint
{
    private const string Syntax =
        "takes an address and a port, such as 127.0.0.1:2049 or [::1]:2049 (port 0 takes a free one)";

    public static Parsed<IPEndPoint> Parse(string text)
    {
        var colon = text.LastIndexOf(':');
        return colon > 0
            && ushort.TryParse(
                text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            && AddressOf(text[..colon]) is { } address
            ? new IPEndPoint(address, port)
            : Parsed<IPEndPoint>.Refuse(Syntax);
    }

    /// <summary>For what asks nobody who he is: only this machine's own addresses.</summary>
    public static Parsed<IPEndPoint> ParseLoopback(string text)
    {
        var parsed = Parse(text);
        return !parsed.IsOk || IPAddress.IsLoopback(parsed.Value.Address)
            ? parsed
            : Parsed<IPEndPoint>.Refuse(
                "takes only loopback addresses, such as 127.0.0.1 or [::1], because it asks nobody who he is");
    }

    private static IPAddress? AddressOf(string host)
    {
        if (host == "localhost")
        {
            return IPAddress.Loopback;
        }

        // IPv6 needs its brackets; IPv4 has none.
        var isBracketed = host.StartsWith('[') && host.EndsWith(']');
        var address = AddressText.Parse(isBracketed ? host[1..^1] : host);
        return address is not null && (address.AddressFamily == AddressFamily.InterNetworkV6) == isBracketed
            ? address
            : null;
    }
}
