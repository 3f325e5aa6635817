using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Nfs.Server;
using Nfs.Server.Cli;
using Nfs.Server.Exports;
using Nfs.Server.Nfs3;
using Nfs.Server.Rpc;
using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Vfs.Core;

namespace Nfs.Tests.Server.Exports;

/// <summary>Rules are written for IPv4 or IPv6, and one listener has clients of both.</summary>
internal sealed class ListenerAddressTests
{
    private const uint AuthError = 1;

    [TestCase("127.0.0.0/8", "127.0.0.1", true)]
    [TestCase("127.0.0.0/8", "::1", false)]
    [TestCase("::1/128", "::1", true)]
    [TestCase("::/0", "127.0.0.1", false)]
    [Covers("N-209")]
    public async Task OnAllAddresses_AnIpv4ClientIsAnIpv4Client(string network, string client, bool isTaken)
    {
        var export = new Export { Networks = [IPNetwork.Parse(network)] };
        await using var server = NfsServer.Start(
            BoundSocket.Listen(new IPEndPoint(IPAddress.IPv6Any, 0), Flags.Listen.Name),
            new NfsServerOptions { HandleKey = WireServer.Key },
            [new ExportedTree(export, new InMemoryFileSystem())], TimeProvider.System, NullLoggerFactory.Instance);
        using var connection = new WireClient(new IPEndPoint(IPAddress.Parse(client), server.LocalEndPoint.Port));
        byte[] args = new XdrBytes().Opaque(new WireServer().Handle(InodeId.Root));

        await connection.SendAsync(RpcWire.Record(RpcWire.Call(5, RpcWire.Nfs, 3, (uint)NfsProc3.GETATTR, args)));
        var reply = new WireReply((await connection.ReceiveAsync())!);

        if (isTaken)
        {
            reply.Accepted(5);
        }
        else
        {
            reply.Denied(5, AuthError, (uint)AuthStat.AUTH_TOOWEAK);
        }
    }
}
