using System.Net.Sockets;
using Nfs.Server.Nfs3;
using Nfs.Server.Transport;
using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Vfs.Core;

namespace Nfs.Tests.Server.Wire;

/// <summary>
/// Raw bytes to a listening server. TCP cuts where it likes and peers send what they like: a call must come out whole
/// or not at all, and a bad peer must lose nothing but its own connection.
/// </summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class FramingTests
{
    private readonly ListeningServer _server = new();

    [TearDown]
    public async Task StopAsync() => await _server.DisposeAsync();

    [Test]
    [Covers("N-15")]
    public async Task AWriteCutAnywhereInItsHead_IsWrittenWhole()
    {
        var id = _server.Files.AddFile("f", []);
        var data = RandomBytes.Of(1 << 20, seed: 15);
        using var client = _server.Connect();
        for (var cut = 1; cut <= 200; cut++)
        {
            data[0] = (byte)cut;
            var message = Write((uint)cut, id, data);

            await client.SendAsync(RpcWire.Fragments(message[..(cut + 1)], cut)[..(4 + cut)]);
            await client.SendAsync(RpcWire.Record(message[cut..]));

            await AssertWrittenAsync(client, (uint)cut, id, data);
        }
    }

    [Test]
    [Covers("N-15", "N-17")]
    public async Task AWriteInFragmentsOfOneByte_IsWrittenWhole()
    {
        var id = _server.Files.AddFile("f", []);
        var data = RandomBytes.Of(1 << 20, seed: 15);
        var message = Write(1, id, data);
        using var client = _server.Connect();

        await client.SendAsync(RpcWire.Fragments(message, [.. Enumerable.Repeat(1, message.Length - 1)]));

        await AssertWrittenAsync(client, 1, id, data);
    }

    [Test]
    [Covers("N-18")]
    public async Task AStreamThatEndsAnywhere_GetsAReplyToEachWholeRecord()
    {
        byte[] stream = new XdrBytes().Raw(_server.Getattr(1)).Raw(_server.Getattr(2));
        for (var length = 0; length <= stream.Length; length++)
        {
            using var client = _server.Connect();
            await client.SendAsync(stream[..length]);
            client.Socket.Shutdown(SocketShutdown.Send);
            var replies = 0;
            while (await client.ReceiveAsync() is { } reply)
            {
                new WireReply(reply).Accepted((uint)++replies);
            }

            Assert.That(replies, Is.EqualTo(length * 2 / stream.Length), $"{length} bytes of {stream.Length}");
        }

        _server.AssertComesToRest();
    }

    [Test]
    [Covers("N-12")]
    public async Task APeerThatResetsAnywhere_LeavesNothingBehind()
    {
        var file = _server.Files.AddFile("f", new byte[1 << 20]);
        byte[] stream = new XdrBytes().Raw(_server.Read(1, file, 1 << 20)).Raw(_server.Mkdir(2, "d"));
        for (var length = 0; length <= stream.Length; length += 3)
        {
            using var client = _server.Connect();
            await client.SendAsync(stream[..length]);
            client.Socket.LingerState = new LingerOption(true, 0);
        }

        _server.AssertComesToRest();
        Assert.That(() => _server.Files.BytesOnLoan, Is.Zero.After(5000, 5));
        await _server.AssertServesAsync();
    }

    [TestCase(-4)]
    [TestCase(-1)]
    [TestCase(1)]
    [TestCase(1000)]
    [Covers("N-2", "N-12")]
    public async Task AWrongLength_HurtsNobodyElse(int error)
    {
        var message = _server.Mkdir(1, "directory")[4..];
        byte[] record = new XdrBytes().U32(0x8000_0000u | (uint)(message.Length + error)).Raw(message);
        using var client = _server.Connect();

        await client.SendAsync(record);
        client.Socket.Shutdown(SocketShutdown.Send);
        while (await client.ReceiveAsync() is not null)
        {
        }

        _server.AssertComesToRest();
        await _server.AssertServesAsync();
        Assert.That(_server.Files.Mutations, Is.Zero);
    }

    [Test]
    [Covers("N-1", "N-17")]
    public async Task AnnouncedLengths_TakeNoMemory()
    {
        var peers = new List<WireClient>();
        for (var i = 0; i < 100; i++)
        {
            var peer = _server.Connect();
            await peer.SendAsync(new XdrBytes().U32(0x8000_0000u | ServerLimits.RecordBytesMax).Raw(new byte[8000]));
            peers.Add(peer);
        }

        Assert.That(() => _server.Statistics.BytesReceived, Is.EqualTo(100 * 8004).After(10_000, 5));
        Assert.That(_server.Statistics.BytesInFlight, Is.EqualTo(100 * ServerLimits.ReceiveBytes));
        peers.ForEach(peer => peer.Dispose());
        _server.AssertComesToRest();
    }

    [Test]
    [Covers("N-20")]
    public async Task TheLongestReplies_AreOneFragmentEach()
    {
        var file = _server.Files.AddFile("f", RandomBytes.Of(1 << 20, seed: 15));
        for (var i = 0; i < 3000; i++)
        {
            _server.Files.AddFile(new string('n', 200) + i, []);
        }

        byte[] list = new XdrBytes().Opaque(_server.Root).U64(0).U64(0).U32(1 << 20).U32(1 << 20);
        using var client = _server.Connect();
        await client.SendAsync(_server.Read(1, file, 1 << 20));
        var read = await client.ReceiveAsync();
        await client.SendAsync(ListeningServer.Record(2, NfsProc3.READDIRPLUS, list));
        var listing = await client.ReceiveAsync();

        new WireReply(read!).Accepted(1);
        new WireReply(listing!).Accepted(2);
        Assert.That(read, Has.Length.GreaterThan(1 << 20));
        Assert.That(listing, Has.Length.InRange(500_000, (1 << 20) + 64));
    }

    [Test]
    [Covers("N-29")]
    public async Task NothingListensOnUdp_SoClientsFallBackAtOnce()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        await socket.ConnectAsync(_server.Server.LocalEndPoint);
        await socket.SendAsync(_server.Getattr(1).AsMemory(4));

        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        var refused = Assert.ThrowsAsync<SocketException>(
            async () => await socket.ReceiveAsync(new byte[4096], deadline.Token));

        Assert.That(refused!.SocketErrorCode, Is.EqualTo(SocketError.ConnectionRefused));
    }

    private byte[] Write(uint xid, InodeId id, byte[] data) => RpcWire.Call(
        xid, RpcWire.Nfs, 3, (uint)NfsProc3.WRITE,
        new XdrBytes().Opaque(_server.Handle(id)).U64(0).U32((uint)data.Length).U32(0).Opaque(data));

    private async Task AssertWrittenAsync(WireClient client, uint xid, InodeId id, byte[] data)
    {
        var reply = new WireReply((await client.ReceiveAsync())!).Accepted(xid);
        Assert.That(reply.U32(), Is.Zero);
        reply.Wcc();
        Assert.That(reply.U32(), Is.EqualTo((uint)data.Length));
        var read = await _server.Files.ReadAsync(Caller.Root, id, 0, data.Length + 1, CancellationToken.None);
        using var bytes = read.Data!;
        Assert.That(bytes.Memory.Span[..read.Count].SequenceEqual(data), Is.True, $"call {xid}");
    }
}
