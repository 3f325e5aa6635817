using NUnit.Framework;
using Nfs.Server.Nfs3;
using Nfs.Server.Rpc;
using Nfs.Tests.Fixtures;
using Vfs.Core;

namespace Nfs.Tests.Server.Rpc;

/// <summary>
/// After a lost reply the client sends the call again. Running REMOVE twice tells it that its file was not there;
/// running RENAME twice can destroy another file.
/// </summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class DuplicateRequestTests
{
    private readonly WireServer _server = new();

    [TestCaseSource(typeof(NonIdempotent), nameof(NonIdempotent.Procedures))]
    [Covers("EC-255", "N-212", "N-215")]
    public async Task ARetransmission_GetsTheSameBytes_AndRunsNothing(object procedure)
    {
        var call = await PrepareAsync((NfsProc3)procedure);

        var first = await _server.SendAsync(call);
        var mutations = _server.Files.Mutations;
        var second = await _server.SendAsync(call, WireServer.NewPeer("10.0.0.1"));

        Assert.That(new WireReply(first!).Accepted(1).U32(), Is.Zero);
        Assert.That(second, Is.EqualTo(first));
        Assert.That(_server.Files.Mutations, Is.EqualTo(mutations));
        Assert.That(_server.Replies.Hits, Is.EqualTo(1));
    }

    [Test]
    [Covers("N-213")]
    public async Task OtherContent_OtherClient_OtherIdentity_OtherProcedure_AreNewCalls()
    {
        byte[] args = new XdrBytes().Opaque(_server.Root).Text("a").Sattr();
        byte[] otherArgs = new XdrBytes().Opaque(_server.Root).Text("b").Sattr();
        await _server.SendAsync(Mkdir(args));

        await _server.SendAsync(Mkdir(otherArgs));
        await _server.SendAsync(Mkdir(args), WireServer.NewPeer("10.0.0.2"));
        await _server.SendAsync(Mkdir(args, RpcWire.AuthSys(5, 5)));
        byte[] name = new XdrBytes().Opaque(_server.Root).Text("a");
        await _server.SendAsync(RpcWire.Call(1, RpcWire.Nfs, 3, (uint)NfsProc3.REMOVE, name));
        await _server.SendAsync(RpcWire.Call(1, RpcWire.Nfs, 3, (uint)NfsProc3.RMDIR, name));

        Assert.That(_server.Files.Mutations, Is.EqualTo(6));
        Assert.That(_server.Replies.Hits, Is.Zero);
    }

    [Test]
    [Covers("N-28")]
    public async Task AMappedIPv4Address_IsTheSameClient()
    {
        byte[] args = new XdrBytes().Opaque(_server.Root).Text("a").Sattr();

        await _server.SendAsync(Mkdir(args), WireServer.NewPeer("10.0.0.9"));
        await _server.SendAsync(Mkdir(args), WireServer.NewPeer("::ffff:10.0.0.9"));

        Assert.That(_server.Replies.Hits, Is.EqualTo(1));
    }

    [Test]
    [Covers("N-214")]
    public async Task ADuplicateOfARunningCall_WaitsForItsReply()
    {
        var release = new TaskCompletionSource();
        _server.Files.BeforeMutation = () => release.Task;
        var call = Mkdir(new XdrBytes().Opaque(_server.Root).Text("a").Sattr());

        var first = _server.SendAsync(call);
        var second = _server.SendAsync(call, WireServer.NewPeer("10.0.0.1"));
        Assert.That((first.IsCompleted, second.IsCompleted), Is.EqualTo((false, false)));
        release.SetResult();

        Assert.That(await second, Is.EqualTo(await first));
        Assert.That(_server.Files.Mutations, Is.EqualTo(1));
    }

    [Test]
    [Covers("N-222")]
    public async Task JukeboxIsNotKept()
    {
        var call = Mkdir(new XdrBytes().Opaque(_server.Root).Text("a").Sattr());
        _server.Files.NextError = VfsError.Again;

        var first = new WireReply((await _server.SendAsync(call))!).Accepted(1).U32();
        var second = new WireReply((await _server.SendAsync(call))!).Accepted(1).U32();

        Assert.That((first, second), Is.EqualTo(((uint)NfsStat3.NFS3ERR_JUKEBOX, 0u)));
    }

    [Test]
    [Covers("N-216")]
    public async Task MemoryIsBounded_TheOldestGoFirst()
    {
        var server = new WireServer(replies: new DuplicateRequestCache(bytesMax: 1 << 20, entriesMax: 10));
        for (var i = 0; i < 11; i++)
        {
            await server.SendAsync(Mkdir(new XdrBytes().Opaque(server.Root).Text($"d{i}").Sattr()));
        }

        var newest = await server.SendAsync(Mkdir(new XdrBytes().Opaque(server.Root).Text("d1").Sattr()));
        var oldest = await server.SendAsync(Mkdir(new XdrBytes().Opaque(server.Root).Text("d0").Sattr()));

        Assert.That(new WireReply(newest!).Accepted(1).U32(), Is.Zero);
        Assert.That(new WireReply(oldest!).Accepted(1).U32(), Is.EqualTo((uint)NfsStat3.NFS3ERR_EXIST));
    }

    [Test]
    public async Task TheRequestIsNamedAlikeForBothTries_AndTheFileSystemLearnsTheName()
    {
        var call = Mkdir(new XdrBytes().Opaque(_server.Root).Text("a").Sattr());
        var afterRestart = new WireServer();

        await _server.SendAsync(call);
        await afterRestart.SendAsync(call);

        Assert.That(_server.Files.LastCaller!.Request, Is.Not.Null);
        Assert.That(afterRestart.Files.LastCaller!.Request, Is.EqualTo(_server.Files.LastCaller.Request));
    }

    private static byte[] Mkdir(byte[] args, byte[]? credential = null) =>
        RpcWire.Call(1, RpcWire.Nfs, 3, (uint)NfsProc3.MKDIR, args, credential);

    private async Task<byte[]> PrepareAsync(NfsProc3 procedure)
    {
        var root = _server.Root;
        var file = _server.Handle(_server.Files.AddFile("file", [1, 2, 3]));
        await _server.NfsAsync(NfsProc3.MKDIR, new XdrBytes().Opaque(root).Text("dir").Sattr());
        XdrBytes args = procedure switch
        {
            NfsProc3.SETATTR => new XdrBytes().Opaque(file).Sattr(mode: 0x180).U32(0),
            NfsProc3.CREATE => new XdrBytes().Opaque(root).Text("new").U32(1).Sattr(),
            NfsProc3.MKDIR => new XdrBytes().Opaque(root).Text("new").Sattr(),
            NfsProc3.SYMLINK => new XdrBytes().Opaque(root).Text("new").Sattr().Text("target"),
            NfsProc3.MKNOD => new XdrBytes().Opaque(root).Text("new").U32(7).Sattr(),
            NfsProc3.REMOVE => new XdrBytes().Opaque(root).Text("file"),
            NfsProc3.RMDIR => new XdrBytes().Opaque(root).Text("dir"),
            NfsProc3.RENAME => new XdrBytes().Opaque(root).Text("file").Opaque(root).Text("other"),
            _ => new XdrBytes().Opaque(file).Opaque(root).Text("other"),
        };
        return RpcWire.Call(1, RpcWire.Nfs, 3, (uint)procedure, args);
    }
}
