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
/// A peer that stops in the middle would hold memory for ever; one that is merely idle is a mounted client, and
/// closing it in the wrong moment costs it a reconnect.
/// </summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class StallTests
{
    private readonly ManualClock _clock = new();
    private readonly InMemoryFileSystem _files = new();
    private NfsServer _server = null!;

    [SetUp]
    public void Start() => _server = ListeningServer.Start(_files, clock: _clock);

    [TearDown]
    public async Task StopAsync() => await _server.DisposeAsync();

    [Test]
    [Covers("N-22")]
    public async Task APeerThatTakesNoReplies_IsClosedAfterAMinute()
    {
        var file = Handle(_files.AddFile("big", new byte[1 << 20]));
        using var lazy = new WireClient(_server.LocalEndPoint, receiveBufferBytes: 4096);
        for (var xid = 1u; xid <= 60; xid++)
        {
            byte[] args = new XdrBytes().Opaque(file).U64(0).U32(1 << 20);
            await lazy.SendAsync(RpcWire.Record(RpcWire.Call(xid, RpcWire.Nfs, 3, (uint)NfsProc3.READ, args)));
        }

        Assert.That(() => _files.BytesOnLoan, Is.GreaterThan(ServerLimits.ConnectionBytesMax / 2).After(5000, 10));
        Advance(ServerLimits.StallTimeout - TimeSpan.FromSeconds(10));
        Assert.That(_server.GetStatistics().Connections, Is.EqualTo(1));
        Assert.That(IsEmptyAfterAdvancing, Is.True.After(5000, 10));
        Assert.That(() => _files.BytesOnLoan, Is.Zero.After(5000, 10));
    }

    [Test]
    [Covers("N-17", "N-22")]
    public async Task ARecordThatIsNotFinished_IsClosedAfterAMinute()
    {
        using var slow = new WireClient(_server.LocalEndPoint);
        await slow.SendAsync(new XdrBytes().U32(0x8000_0100).Raw(new byte[20]));
        Assert.That(() => _server.GetStatistics().BytesReceived, Is.EqualTo(24).After(5000, 10));

        Assert.That(IsEmptyAfterAdvancing, Is.True.After(5000, 10));
        Assert.That(await slow.IsClosedByServerAsync(), Is.True);
    }

    [Test]
    [Covers("N-24")]
    public async Task AnIdleConnection_IsKept()
    {
        using var idle = new WireClient(_server.LocalEndPoint);
        byte[] call = RpcWire.Record(RpcWire.Call(1, RpcWire.Nfs, 3, 0, []));
        await idle.SendAsync(call);
        await idle.ReceiveAsync();
        Assert.That(() => _server.GetStatistics().CallsInFlight, Is.Zero.After(5000, 10));

        Advance(TimeSpan.FromMinutes(30));
        await idle.SendAsync(call);

        Assert.That(await idle.ReceiveAsync(), Is.Not.Null);
    }

    [Test]
    [Covers("N-24")]
    public async Task AConnectionIdleForMoreThanAnHour_IsClosed()
    {
        using var idle = new WireClient(_server.LocalEndPoint);
        await idle.SendAsync(RpcWire.Record(RpcWire.Call(1, RpcWire.Nfs, 3, 0, [])));
        await idle.ReceiveAsync();

        Advance(ServerLimits.IdleTimeout + TimeSpan.FromSeconds(10));

        Assert.That(IsEmptyAfterAdvancing, Is.True.After(5000, 10));
        Assert.That(await idle.IsClosedByServerAsync(), Is.True);
    }

    [Test]
    [Covers("N-22")]
    public async Task AByteNowAndThen_DoesNotKeepARecordOpen()
    {
        using var slow = new WireClient(_server.LocalEndPoint);
        byte[] record = new XdrBytes().U32(0x8000_0100).Raw(new byte[256]);
        for (var i = 0; i < 4; i++)
        {
            await slow.SendAsync(record[i..(i + 1)]);
            Assert.That(() => _server.GetStatistics().BytesReceived, Is.EqualTo(i + 1).After(5000, 5));
            Advance(TimeSpan.FromSeconds(20));
        }

        Assert.That(IsEmptyAfterAdvancing, Is.True.After(5000, 10));
    }

    /// <summary>The sweep runs beside the test, so it is driven until it has seen the connection.</summary>
    private bool IsEmptyAfterAdvancing()
    {
        Advance(TimeSpan.FromSeconds(20));
        return _server.GetStatistics().Connections == 0;
    }

    private void Advance(TimeSpan time) => _clock.Advance(time);

    private static byte[] Handle(InodeId id)
    {
        var handle = new byte[FileHandleCodec.Bytes];
        new FileHandleCodec(WireServer.Key.AsSpan(0, 16)).Encode(new Export().Id, id, handle);
        return handle;
    }
}
