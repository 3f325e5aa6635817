using System.Net;
using System.Net.Sockets;
using Nfs.Tests.Fixtures;
using NUnit.Framework;

namespace Nfs.Tests.EndToEnd;

/// <summary>
/// What clients meet while a gateway starts. Linux comes again 3 s after it was refused, then after 6, then after 12: if
/// these fail, a restart that takes 4 s is a pause of 9.
/// </summary>
internal sealed class StartTests
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(30);

    [Test]
    public async Task Call_WhileTheStoreIsNotOpenYet_IsAnsweredWhenItIs()
    {
        using var gateway = await GatewayProcess.StartAsync();
        await gateway.StopAsync();
        using var store = await HangingDirectory.MountOverAsync(gateway.Store);
        gateway.Launch();

        using var client = await ConnectAsync(gateway);
        await client.SendAsync(RpcWire.Record(RpcWire.Call(1, RpcWire.Mount, 3, 0, [])));
        var reply = client.ReceiveAsync();
        Assert.That(await gateway.IsReadyAsync(default), Is.False);
        store.Resume();

        new WireReply((await reply)!).Accepted(1);
        await gateway.UntilReadyAsync();
        await gateway.StopAsync();
    }

    private static async Task<WireClient> ConnectAsync(GatewayProcess gateway)
    {
        using var deadline = new CancellationTokenSource(s_deadline);
        while (true)
        {
            try
            {
                return new WireClient(new IPEndPoint(IPAddress.Loopback, gateway.Port));
            }
            catch (SocketException) when (!deadline.IsCancellationRequested)
            {
                await Task.Delay(20, CancellationToken.None);
            }
        }
    }
}
