using System.Net;

namespace Nfs.Server.Cli;

/// <summary>
/// Addresses as people write them: four numbers, or IPv6. The usual parser takes "127.1" and "2130706433" too.
/// </summary>
internal static class AddressText
{
    /// <summary>
    /// An IPv4 address, also from its IPv6 form (<c>::ffff:10.0.0.1</c>), or an IPv6 one without a zone; or null.
    /// </summary>
    public static IPAddress? Parse(string text)
    {
        if (!IPAddress.TryParse(text, out var address) || text.Contains('%', StringComparison.Ordinal)
            || text.StartsWith('['))
        {
            return null;
        }

        if (!text.Contains(':', StringComparison.Ordinal))
        {
            return address.ToString() == text ? address : null;
        }

        return address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
    }
}
