using System.Net;
using System.Net.Sockets;
using Nfs.Server;
using Nfs.Server.Exports;
using Nfs.Server.Nfs3;
using Nfs.Server.Nfs3.Translation;
using Nfs.Server.Transport;
using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Vfs.Core;

namespace Nfs.Tests.Server.Transport;

/// <summary>
/// Over real sockets: a lost, doubled or mixed-up reply hangs or corrupts a mount, and one bad peer must not be felt by
/// the others.
/// </summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class RpcConnectionTests
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(30);

    private readonly InMemoryFileSystem _files = new();
    private readonly FileHandleCodec _handles = new(WireServer.Key.AsSpan(0, 16));
    private NfsServer _server = null!;

    [SetUp]
    public void Start() => _server = StartServer(new IPEndPoint(IPAddress.Loopback, 0));

    [TearDown]
    public async Task StopAsync() => await _server.DisposeAsync();

    [Test]
    [Covers("N-18", "N-46")]
    public async Task ManyCallsInOneSegment_GetOneReplyEach()
    {
        using var client = new WireClient(_server.LocalEndPoint);
        var stream = new XdrBytes();
        for (var xid = 1u; xid <= 1000; xid++)
        {
            stream.Raw(RpcWire.Record(Getattr(xid)));
        }

        var sending = client.SendAsync(stream);
        var xids = new List<uint>();
        for (var i = 0; i < 1000; i++)
        {
            xids.Add(new WireReply((await client.ReceiveAsync())!).U32());
        }

        await sending;
        Assert.That(xids.Order(), Is.EqualTo(Enumerable.Range(1, 1000).Select(i => (uint)i)));
    }

    [Test]
    [Covers("N-19")]
    public async Task LargeReads_AreWhole_AndNothingStaysOnLoan()
    {
        var content = new byte[(5 << 20) + 3];
        new Random(5).NextBytes(content);
        var file = Handle(_files.AddFile("big", content));
        using var client = new WireClient(_server.LocalEndPoint);
        var stream = new XdrBytes();
        for (var i = 0u; i < 50; i++)
        {
            byte[] args = new XdrBytes().Opaque(file).U64(i * 100_001).U32((1 << 20) - (i % 7));
            stream.Raw(RpcWire.Record(RpcWire.Call(i, RpcWire.Nfs, 3, (uint)NfsProc3.READ, args)));
            stream.Raw(RpcWire.Record(Getattr(i + 1000)));
        }

        var sending = client.SendAsync(stream);
        for (var i = 0; i < 100; i++)
        {
            var bytes = (await client.ReceiveAsync())!;
            var xid = new WireReply(bytes).U32();
            if (xid < 1000)
            {
                CheckRead(bytes, xid, content);
            }
        }

        await sending;
        Assert.That(() => _files.BytesOnLoan, Is.Zero.After(5000, 10));
    }

    [Test]
    [Covers("N-18", "N-224")]
    public async Task ACallThatWaits_DoesNotHoldUpOthers()
    {
        var release = new TaskCompletionSource();
        _files.BeforeMutation = () => release.Task;
        using var client = new WireClient(_server.LocalEndPoint);

        await client.SendAsync(new XdrBytes().Raw(RpcWire.Record(Mkdir(1, "a"))).Raw(RpcWire.Record(Getattr(2))));
        var first = new WireReply((await client.ReceiveAsync())!).U32();
        var age = _server.GetStatistics().OldestCallAge;
        release.SetResult();
        var second = new WireReply((await client.ReceiveAsync())!).U32();

        Assert.That((first, second), Is.EqualTo((2u, 1u)));
        Assert.That(age, Is.Not.Null);
        Assert.That(_server.GetStatistics().OldestCallAge, Is.Null);
    }

    [Test]
    public async Task AWaitingWrite_KeepsItsBytes_WhileOthersArrive()
    {
        var release = new TaskCompletionSource();
        _files.BeforeMutation = () => release.Task;
        var id = _files.AddFile("file", []);
        using var client = new WireClient(_server.LocalEndPoint);
        var expected = new byte[20 * 100_000];
        for (var i = 0; i < 20; i++)
        {
            var data = new byte[100_000];
            Array.Fill(data, (byte)(i + 1));
            data.CopyTo(expected, i * data.Length);
            byte[] args = new XdrBytes().Opaque(Handle(id)).U64((ulong)(i * data.Length)).U32(100_000).U32(0)
                .Opaque(data);
            await client.SendAsync(RpcWire.Record(RpcWire.Call((uint)i, RpcWire.Nfs, 3, (uint)NfsProc3.WRITE, args)));
        }

        release.SetResult();
        for (var i = 0; i < 20; i++)
        {
            await client.ReceiveAsync();
        }

        var content = await _files.ReadAsync(Caller.Root, id, 0, expected.Length, CancellationToken.None);
        Assert.That(content.Data!.Memory.Span[..content.Count].SequenceEqual(expected), Is.True);
    }

    [Test]
    [Covers("N-21")]
    public async Task CallsInFlight_AreBounded()
    {
        var release = new TaskCompletionSource();
        _files.BeforeMutation = () => release.Task;
        using var client = new WireClient(_server.LocalEndPoint);
        var stream = new XdrBytes();
        for (var xid = 1u; xid <= 500; xid++)
        {
            stream.Raw(RpcWire.Record(Mkdir(xid, $"d{xid}")));
        }

        await client.SendAsync(stream);
        Assert.That(
            () => _server.GetStatistics().CallsInFlight, Is.EqualTo(ServerLimits.ConnectionCallsMax).After(5000, 10));
        release.SetResult();
        for (var i = 0; i < 500; i++)
        {
            Assert.That(await client.ReceiveAsync(), Is.Not.Null);
        }

        Assert.That(_files.Mutations, Is.EqualTo(500));
    }

    [Test]
    [Covers("N-21", "N-22")]
    public async Task APeerThatDoesNotRead_BlocksOnlyItself_AndHoldsABoundedAmount()
    {
        var file = Handle(_files.AddFile("big", new byte[1 << 20]));
        using var lazy = new WireClient(_server.LocalEndPoint, receiveBufferBytes: 4096);
        var stream = new XdrBytes();
        for (var xid = 1u; xid <= 200; xid++)
        {
            byte[] args = new XdrBytes().Opaque(file).U64(0).U32(1 << 20);
            stream.Raw(RpcWire.Record(RpcWire.Call(xid, RpcWire.Nfs, 3, (uint)NfsProc3.READ, args)));
        }

        await lazy.SendAsync(stream);
        using var other = new WireClient(_server.LocalEndPoint);
        await other.SendAsync(RpcWire.Record(Getattr(1)));

        Assert.That(await other.ReceiveAsync(), Is.Not.Null);
        Assert.That(_files.BytesOnLoan, Is.LessThanOrEqualTo(ServerLimits.ConnectionBytesMax + (2 << 20)));
        lazy.Dispose();
        Assert.That(() => _files.BytesOnLoan, Is.Zero.After(5000, 10));
    }

    [TestCase("00000000")]
    [TestCase("FFFFFFFF00000000")]
    [TestCase("8000000400000001")]
    [TestCase("8000000C000000010000000100000000")]
    [Covers("N-12", "N-16", "N-37")]
    public async Task ABadPeerIsClosed_AndOthersGoOn(string hex)
    {
        using var bad = new WireClient(_server.LocalEndPoint);
        using var good = new WireClient(_server.LocalEndPoint);
        var bytes = new XdrBytes();
        for (var i = 0; i <= ServerLimits.EmptyFragmentsMax; i++)
        {
            bytes.Raw(Convert.FromHexString(hex));
        }

        await bad.SendAsync(bytes);
        Assert.That(await bad.IsClosedByServerAsync(), Is.True);
        await good.SendAsync(RpcWire.Record(Getattr(7)));

        Assert.That(new WireReply((await good.ReceiveAsync())!).U32(), Is.EqualTo(7));
    }

    [Test]
    [Covers("N-25")]
    public async Task ClosingTheConnection_DoesNotStopAChange_AndItsReplyIsKept()
    {
        var release = new TaskCompletionSource();
        _files.BeforeMutation = () => release.Task;
        using (var client = new WireClient(_server.LocalEndPoint))
        {
            await client.SendAsync(RpcWire.Record(Mkdir(9, "a")));
            Assert.That(() => _server.GetStatistics().CallsInFlight, Is.EqualTo(1).After(5000, 10));
        }

        using var next = new WireClient(_server.LocalEndPoint);
        await next.SendAsync(RpcWire.Record(Mkdir(9, "a")));
        release.SetResult();
        var reply = new WireReply((await next.ReceiveAsync())!).Accepted(9);

        Assert.That((reply.U32(), _files.Mutations), Is.EqualTo((0u, 1)));
        Assert.That(_server.GetStatistics().DuplicateHits, Is.EqualTo(1));
    }

    [Test]
    [Covers("EC-238", "N-27")]
    public async Task GracefulStop_AnswersRunningCalls_AndThePortIsFreeAtOnce()
    {
        var release = new TaskCompletionSource();
        _files.BeforeMutation = () => release.Task;
        using var client = new WireClient(_server.LocalEndPoint);
        await client.SendAsync(RpcWire.Record(Mkdir(9, "a")));
        Assert.That(() => _server.GetStatistics().CallsInFlight, Is.EqualTo(1).After(5000, 10));

        var stopping = _server.StopAsync(s_deadline);
        release.SetResult();
        var reply = await client.ReceiveAsync();
        await stopping;

        Assert.That(new WireReply(reply!).Accepted(9).U32(), Is.Zero);
        Assert.That(await client.IsClosedByServerAsync(), Is.True);
        await using var again = StartServer(_server.LocalEndPoint);
        using var next = new WireClient(again.LocalEndPoint);
        await next.SendAsync(RpcWire.Record(Getattr(1)));
        Assert.That(await next.ReceiveAsync(), Is.Not.Null);
    }

    [Test]
    [Covers("N-27")]
    public async Task AStopDoesNotWaitForEver()
    {
        _files.BeforeRead = token => Task.Delay(Timeout.Infinite, token);
        var file = Handle(_files.AddFile("f", [1]));
        using var client = new WireClient(_server.LocalEndPoint);
        byte[] args = new XdrBytes().Opaque(file).U64(0).U32(1);
        await client.SendAsync(RpcWire.Record(RpcWire.Call(1, RpcWire.Nfs, 3, (uint)NfsProc3.READ, args)));
        Assert.That(() => _server.GetStatistics().CallsInFlight, Is.EqualTo(1).After(5000, 10));

        await _server.StopAsync(TimeSpan.FromMilliseconds(50)).WaitAsync(s_deadline);

        Assert.That(_server.GetStatistics().Connections, Is.Zero);
    }

    [Test]
    [Covers("N-28")]
    public async Task BothFamilies_OnOneSocket()
    {
        if (!Socket.OSSupportsIPv6)
        {
            Assert.Inconclusive("no IPv6 here");
        }

        await using var server = StartServer(new IPEndPoint(IPAddress.IPv6Any, 0));
        foreach (var address in new[] { IPAddress.Loopback, IPAddress.IPv6Loopback })
        {
            using var client = new WireClient(new IPEndPoint(address, server.LocalEndPoint.Port));
            await client.SendAsync(RpcWire.Record(Getattr(3)));
            Assert.That(await client.ReceiveAsync(), Is.Not.Null, $"{address}");
        }
    }

    [Test]
    [Covers("N-12")]
    public async Task RandomBytes_NeverStopTheServer()
    {
        var random = new Random(99);
        for (var i = 0; i < 200; i++)
        {
            var message = i % 2 == 0 ? Mkdir((uint)i, "fuzz") : Getattr((uint)i);
            for (var flips = random.Next(1, 8); flips > 0; flips--)
            {
                message[random.Next(message.Length)] = (byte)random.Next(256);
            }

            using var client = new WireClient(_server.LocalEndPoint);
            await client.SendAsync(RpcWire.Record(message));
            client.Socket.Shutdown(SocketShutdown.Send);
            while (await client.ReceiveAsync() is not null)
            {
            }
        }

        using var good = new WireClient(_server.LocalEndPoint);
        await good.SendAsync(RpcWire.Record(Getattr(7)));
        Assert.That(await good.ReceiveAsync(), Is.Not.Null);
    }

    private static void CheckRead(byte[] bytes, uint xid, byte[] content)
    {
        var reply = new WireReply(bytes).Accepted(xid);
        Assert.That(reply.U32(), Is.Zero);
        reply.PostOp();
        reply.U64();
        var offset = (int)xid * 100_001;
        var length = Math.Min((1 << 20) - (int)(xid % 7), content.Length - offset);
        Assert.That(reply.Opaque().AsSpan().SequenceEqual(content.AsSpan(offset, length)), Is.True, $"read {xid}");
        Assert.That(reply.Left, Is.Zero);
    }

    private NfsServer StartServer(IPEndPoint endPoint) => ListeningServer.Start(_files, endPoint);

    private byte[] Getattr(uint xid) => RpcWire.Call(
        xid, RpcWire.Nfs, 3, (uint)NfsProc3.GETATTR, new XdrBytes().Opaque(Handle(InodeId.Root)));

    private byte[] Mkdir(uint xid, string name) => RpcWire.Call(
        xid, RpcWire.Nfs, 3, (uint)NfsProc3.MKDIR, new XdrBytes().Opaque(Handle(InodeId.Root)).Text(name).Sattr());

    private byte[] Handle(InodeId id)
    {
        var handle = new byte[FileHandleCodec.Bytes];
        _handles.Encode(new Export().Id, id, handle);
        return handle;
    }
}
