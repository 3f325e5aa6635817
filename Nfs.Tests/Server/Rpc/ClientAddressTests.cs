using System.Net;
using Nfs.Server.Rpc;
using Nfs.Tests.Fixtures;
using NUnit.Framework;

namespace Nfs.Tests.Server.Rpc;

/// <summary>Limits for each client are worth nothing if a client can be as many as it likes.</summary>
internal sealed class ClientAddressTests
{
    [TestCase("10.0.0.1", "10.0.0.1", ExpectedResult = true)]
    [TestCase("10.0.0.1", "::ffff:10.0.0.1", ExpectedResult = true)]
    [TestCase("10.0.0.1", "10.0.0.2", ExpectedResult = false)]
    [TestCase("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", ExpectedResult = true)]
    [TestCase("2001:db8:1:2::1", "2001:db8:1:3::1", ExpectedResult = false)]
    [TestCase("::1", "127.0.0.1", ExpectedResult = false)]
    [Covers("N-23", "N-28")]
    public bool LimitsAreCountedForAnAddress_OrANetworkOfIPv6(string one, string other) =>
        Of(one).Network == Of(other).Network;

    private static ClientAddress Of(string address) => ClientAddress.From(IPAddress.Parse(address));
}
