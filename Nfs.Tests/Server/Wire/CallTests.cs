using Nfs.Server.Nfs3;
using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Vfs.Core;

namespace Nfs.Tests.Server.Wire;

/// <summary>
/// Calls over real connections: a reply that is lost, doubled or given to the wrong connection hangs a mount or
/// corrupts it.
/// </summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class CallTests
{
    private readonly ListeningServer _server = new();

    [TearDown]
    public async Task StopAsync() => await _server.DisposeAsync();

    [Test]
    [Covers("N-46")]
    public async Task CallsThatEndInAnyOrder_GetOneReplyEach()
    {
        const int Calls = 100;
        var waiting = new List<TaskCompletionSource>();
        _server.Files.BeforeMutation = () =>
        {
            var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            lock (waiting)
            {
                waiting.Add(release);
            }

            return release.Task;
        };
        using var client = _server.Connect();
        var stream = new XdrBytes();
        for (var xid = 1u; xid <= Calls; xid++)
        {
            stream.Raw(_server.Mkdir(xid, $"d{xid}"));
        }

        await client.SendAsync(stream);
        Assert.That(CountWaiting, Is.EqualTo(Calls).After(10_000, 5));
        var order = waiting.ToArray();
        new Random(46).Shuffle(order);
        Array.ForEach(order, release => release.SetResult());
        var xids = new HashSet<uint>();
        for (var i = 0; i < Calls; i++)
        {
            var xid = new WireReply((await client.ReceiveAsync())!).U32();
            Assert.That(xids.Add(xid), Is.True, $"a second reply to call {xid}");
        }

        // Nothing more is on its way: the next reply is that of the next call.
        await client.SendAsync(_server.Getattr(Calls + 1));
        Assert.That(new WireReply((await client.ReceiveAsync())!).U32(), Is.EqualTo(Calls + 1));
        Assert.That(_server.Files.Mutations, Is.EqualTo(Calls));

        int CountWaiting()
        {
            lock (waiting)
            {
                return waiting.Count;
            }
        }
    }

    [Test]
    [Covers("N-39")]
    public async Task EqualXidsOnSeveralConnections_AreCallsOfTheirOwn()
    {
        var files = Enumerable.Range(1, 5).Select(i => _server.Files.AddFile($"f{i}", new byte[i])).ToArray();
        var clients = files.Select(_ => _server.Connect()).ToArray();
        for (var i = 0; i < files.Length; i++)
        {
            await clients[i].SendAsync(_server.Read(0, files[i], 100));
        }

        for (var i = 0; i < files.Length; i++)
        {
            var reply = new WireReply((await clients[i].ReceiveAsync())!).Accepted(0);
            reply.U32();
            Assert.That(reply.PostOp()!.Size, Is.EqualTo((ulong)i + 1));
            clients[i].Dispose();
        }
    }

    [Test]
    [Covers("N-26")]
    public async Task OneFileOverSixteenConnections_IsWhatWasWritten()
    {
        await using var gateway = await TestGateway.StartAsync();
        await using var server = new ListeningServer(gateway.Files);
        const int Connections = 16;
        const int Blocks = 256;
        const int BlockBytes = 5000;
        var id = await gateway.MakeFileAsync("f");
        var clients = Enumerable.Range(0, Connections).Select(_ => server.Connect()).ToArray();
        var expected = RandomBytes.Of(Blocks * BlockBytes, seed: 26);
        var blocks = Enumerable.Range(0, Blocks).ToArray();
        new Random(27).Shuffle(blocks);

        foreach (var block in blocks)
        {
            byte[] args = new XdrBytes().Opaque(server.Handle(id)).U64((ulong)(block * BlockBytes)).U32(BlockBytes)
                .U32((uint)Stability.Unstable).Opaque(expected.AsSpan(block * BlockBytes, BlockBytes));
            await clients[block % Connections].SendAsync(ListeningServer.Record((uint)block, NfsProc3.WRITE, args));
        }

        for (var i = 0; i < Blocks; i++)
        {
            var reply = await clients[i % Connections].ReceiveAsync();
            var xid = new WireReply(reply!).U32();
            Assert.That(new WireReply(reply!).Accepted(xid).U32(), Is.Zero);
        }

        Array.ForEach(clients, client => client.Dispose());
        Assert.That(gateway.Files.GetAttributes(id).Value.Size, Is.EqualTo((ulong)expected.Length));
        var read = await gateway.Files.ReadAsync(Caller.Root, id, 0, expected.Length, CancellationToken.None);
        using var data = read.Data!;
        Assert.That(data.Memory.Span[..read.Count].SequenceEqual(expected), Is.True);
    }

    [Test]
    [Covers("N-48", "N-51")]
    public async Task BytesBehindATlsProbe_ArePlainCalls_OnceEach()
    {
        byte[] tls = new XdrBytes().U32(7).U32(0);
        byte[] stream = new XdrBytes()
            .Raw(RpcWire.Record(RpcWire.Call(1, RpcWire.Nfs, 3, 0, [], tls)))
            .Raw(_server.Mkdir(2, "d"))
            .Raw(_server.Getattr(3));
        using var client = _server.Connect();

        await client.SendAsync(stream);
        byte[][] replies =
            [(await client.ReceiveAsync())!, (await client.ReceiveAsync())!, (await client.ReceiveAsync())!];

        Assert.That(new WireReply(replies[0]).Accepted(1).Left, Is.Zero, "a verifier without STARTTLS");
        Assert.That(replies.Skip(1).Select(r => new WireReply(r).U32()), Is.EquivalentTo(new[] { 2u, 3u }));
        Assert.That(_server.Files.Mutations, Is.EqualTo(1));
    }

    [Test]
    [Covers("N-51")]
    public async Task AHandshakeBehindAProbe_IsNotTakenForOne()
    {
        byte[] tls = new XdrBytes().U32(7).U32(0);
        byte[] clientHello = [0x16, 0x03, 0x01, 0x00, 0xC8, .. new byte[200]];
        using var client = _server.Connect();
        await client.SendAsync(RpcWire.Record(RpcWire.Call(1, RpcWire.Nfs, 3, 0, [], tls)));
        await client.ReceiveAsync();

        // As a record mark it announces 352 MiB in the first of several fragments.
        await client.SendAsync(clientHello);

        Assert.That(await client.IsClosedByServerAsync(), Is.True);
        await _server.AssertServesAsync();
    }
}
