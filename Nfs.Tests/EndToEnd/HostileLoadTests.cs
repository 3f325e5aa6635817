using System.Diagnostics;
using System.Globalization;
using System.Net;
using Nfs.Server.Nfs3;
using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Vfs.Core;

namespace Nfs.Tests.EndToEnd;

// A gateway that a thousand bad connections can stop, fill or starve is down whenever somebody likes.
[TestFixture]
internal sealed class HostileLoadTests
{
    private const int Connections = 1000;
    private const int Rounds = 60;
    private const int BlockBytes = 100_000;

    /// <summary>What the gateway may hold in memory under such a load.</summary>
    private const long ResidentMiBMax = 512;

    [Test]
    [Covers("N-12", "N-17", "N-21", "N-22", "N-23")]
    public async Task AThousandBadConnections_CostNoMoreMemoryThanAllowed_AndAGoodClientNothing()
    {
        using var gateway = await GatewayProcess.StartAsync();
        await using var mount = await NfsMount.StartAsync(gateway.Port);
        var bait = await mount.CreateAsync(mount.Root, "bait", CreateMode.Guarded);
        await mount.WriteAsync(bait.Handle, 0, RandomBytes.Of(1 << 20, 1), Stability.FileSync);
        var file = await mount.CreateAsync(mount.Root, "good", CreateMode.Guarded);

        await using (var peers = new HostilePeers(gateway.Port, Connections, bait.Handle))
        {
            Assert.That(() => peers.Opened, Is.GreaterThanOrEqualTo(Connections).After(30_000, 10));
            for (var round = 0; round < Rounds; round++)
            {
                var bytes = RandomBytes.Of(BlockBytes, round);
                await mount.WriteAsync(file.Handle, round * BlockBytes, bytes, Stability.Unstable);
                var read = await mount.ReadAsync(file.Handle, round * BlockBytes, BlockBytes);
                Assert.That(read.AsSpan().SequenceEqual(bytes), Is.True, $"round {round}");
            }
        }

        var status = await File.ReadAllLinesAsync($"/proc/{gateway.ProcessId}/status");
        var peak = status.Single(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        var peakMiB = long.Parse(peak.Split(' ')[^2], CultureInfo.InvariantCulture) / 1024;
        TestContext.Out.WriteLine($"{peakMiB} MiB resident at most");
        Assert.That(peakMiB, Is.LessThan(ResidentMiBMax), gateway.Log);
        Assert.That((await mount.GetattrAsync(file.Handle)).Attributes!.Size, Is.EqualTo(Rounds * BlockBytes));
    }

    [Test]
    [Covers("N-23")]
    public async Task OutOfFileDescriptors_ItPausesBetweenAccepts_AndGoesOnWhenThereAreSome()
    {
        using var gateway = await GatewayProcess.StartAsync();
        await using var mount = await NfsMount.StartAsync(gateway.Port);
        var process = gateway.ProcessId.ToString(CultureInfo.InvariantCulture);
        var limit = Directory.GetFileSystemEntries($"/proc/{process}/fd").Length + 10;
        Command.Run("prlimit", "--pid", process, $"--nofile={limit}:{limit}");
        var began = Stopwatch.GetTimestamp();
        var clients = Enumerable.Range(0, 30)
            .Select(_ => new WireClient(new IPEndPoint(IPAddress.Loopback, gateway.Port))).ToArray();

        Assert.That(Failures, Is.GreaterThanOrEqualTo(3).After(10_000, 10), gateway.Log);
        Assert.That((await mount.GetattrAsync(mount.Root)).Status, Is.EqualTo(NfsStat3.NFS3_OK));
        Assert.That(Failures(), Is.LessThan((Stopwatch.GetElapsedTime(began).TotalMilliseconds / 100) + 2));

        Array.ForEach(clients[..25], client => client.Dispose());
        foreach (var client in clients[25..])
        {
            await client.SendAsync(RpcWire.Record(RpcWire.Call(1, RpcWire.Nfs, 3, 0, [])));
            Assert.That(await client.ReceiveAsync(), Is.Not.Null, gateway.Log);
            client.Dispose();
        }

        int Failures() => gateway.Log.Split("accept failed").Length - 1;
    }
}
