using System.Globalization;
using System.Net;
using System.Numerics;
using Nfs.Server.Units;

namespace Nfs.Server.Cli;

/// <summary>Networks as people write them: <c>10.0.0.0/8</c>, <c>fd00::/8</c>, or one address.</summary>
internal static class NetworkText
{
    /// <summary>Most networks of an export: they are looked through at every call.</summary>
    public const int CountMax = 64;

    private const string Loopback = "loopback";
    private const int BitsOfByte = 8;

    /// <summary>The networks of a flag, with commas between; none for <c>loopback</c>: this machine alone.</summary>
    public static Parsed<IPNetwork[]> ParseList(string text)
    {
        if (text == Loopback)
        {
            return Array.Empty<IPNetwork>();
        }

        var parts = text.Split(',', StringSplitOptions.TrimEntries);
        var networks = parts.Select(Parse).ToArray();
        return parts.Length > CountMax
            ? Parsed<IPNetwork[]>.Refuse($"takes at most {CountMax} networks")
            : networks.FirstOrDefault(network => !network.IsOk) is { Accepted: { } accepted }
                ? Parsed<IPNetwork[]>.Refuse(accepted)
                : networks.Select(network => network.Value).ToArray();
    }

    /// <summary>One network.</summary>
    public static Parsed<IPNetwork> Parse(string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        var address = AddressText.Parse(slash < 0 ? text : text[..slash]);
        if (address is null)
        {
            return Refuse("takes networks such as 10.0.0.0/8, fd00::/8 or one address");
        }

        var bits = address.GetAddressBytes().Length * BitsOfByte;
        var length = bits;
        if (slash >= 0 && (!int.TryParse(
            text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out length) || length > bits))
        {
            return Refuse($"takes networks whose length is 0 to {bits}, such as {address}/{bits}");
        }

        var value = new BigInteger(address.GetAddressBytes(), isUnsigned: true, isBigEndian: true);
        return (value & ((BigInteger.One << (bits - length)) - 1)).IsZero
            ? new IPNetwork(address, length)
            : Refuse($"takes networks whose address ends in zeros: one address is {address}/{bits}");
    }

    private static Parsed<IPNetwork> Refuse(string accepted) => Parsed<IPNetwork>.Refuse(accepted);
}
