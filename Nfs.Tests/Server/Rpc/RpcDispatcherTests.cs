using Moq;
using NUnit.Framework;
using Nfs.Server.Nfs3;
using Nfs.Tests.Fixtures;
using Vfs.Core;

namespace Nfs.Tests.Server.Rpc;

/// <summary>
/// Clients probe versions and programs at mount and read the refusal; a wrong one makes a mount hang or fail, and a
/// wrong reading of a credential gives rights to the wrong user.
/// </summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class RpcDispatcherTests
{
    private readonly WireServer _server = new();

    [Test]
    [Covers("N-30")]
    public async Task OtherRpcVersion_IsRpcMismatch()
    {
        var reply = await _server.SendAsync(RpcWire.Call(5, RpcWire.Nfs, 3, 0, [], rpcVersion: 3));

        new WireReply(reply!).Denied(5, 0, 2, 2);
    }

    [TestCase(100227u)]
    [TestCase(400122u)]
    [TestCase(100011u)]
    [TestCase(100000u)]
    [TestCase(100021u)]
    [TestCase(100024u)]
    [TestCase(0u)]
    [TestCase(uint.MaxValue)]
    [Covers("N-31", "N-69")]
    public async Task UnknownProgram_IsProgUnavail(uint program)
    {
        var reply = await _server.SendAsync(RpcWire.Call(5, program, 3, 0, []));

        Assert.That(new WireReply(reply!).Accepted(5, 1).Left, Is.Zero);
    }

    [TestCase(RpcWire.Nfs, 2u)]
    [TestCase(RpcWire.Nfs, 4u)]
    [TestCase(RpcWire.Mount, 1u)]
    [TestCase(RpcWire.Mount, 4u)]
    [Covers("N-32", "N-33")]
    public async Task OtherVersion_IsProgMismatchWithOursTwice(uint program, uint version)
    {
        var reply = new WireReply((await _server.SendAsync(RpcWire.Call(5, program, version, 0, [])))!).Accepted(5, 2);

        Assert.That((reply.U32(), reply.U32(), reply.Left), Is.EqualTo((3u, 3u, 0)));
    }

    [TestCase(RpcWire.Nfs, 22u)]
    [TestCase(RpcWire.Mount, 6u)]
    [TestCase(RpcWire.Nfs, 0xFFFF_FFFFu)]
    [Covers("N-34")]
    public async Task ProcedureOutOfRange_IsProcUnavail(uint program, uint procedure)
    {
        var reply = await _server.SendAsync(RpcWire.Call(5, program, 3, procedure, []));

        Assert.That(new WireReply(reply!).Accepted(5, 3).Left, Is.Zero);
    }

    [Test]
    [Covers("N-35")]
    public async Task AnInternalFailure_IsSystemErr_AndIsNotKept()
    {
        var files = new Mock<IFileSystem>();
        files.Setup(f => f.RemoveAsync(
                It.IsAny<Caller>(), It.IsAny<InodeId>(), It.IsAny<FileName>(), It.IsAny<CancellationToken>()))
            .Throws(new InvalidDataException("broken"));
        var server = new WireServer(files: files.Object);
        var call = RpcWire.Call(5, RpcWire.Nfs, 3, (uint)NfsProc3.REMOVE, new XdrBytes().Opaque(server.Root).Text("a"));

        Assert.That(new WireReply((await server.SendAsync(call))!).Accepted(5, 5).Left, Is.Zero);
        await server.SendAsync(call);

        files.Verify(
            f => f.RemoveAsync(
                It.IsAny<Caller>(), It.IsAny<InodeId>(), It.IsAny<FileName>(), It.IsAny<CancellationToken>()),
            Times.Exactly(2));
    }

    [TestCase(RpcWire.Nfs)]
    [TestCase(RpcWire.Mount)]
    [Covers("N-36", "N-38")]
    public async Task NullWorksForNobody_AndIgnoresArguments(uint program)
    {
        var reply = await _server.SendAsync(RpcWire.Call(5, program, 3, 0, [1, 2, 3], RpcWire.AuthNone()));

        Assert.That(new WireReply(reply!).Accepted(5).Left, Is.Zero);
    }

    [Test]
    [Covers("N-37")]
    public async Task RepliesAndStumps_AreNotAnswered()
    {
        var call = RpcWire.Call(5, RpcWire.Nfs, 3, 0, [], RpcWire.AuthNone());

        Assert.That(await _server.SendAsync(RpcWire.Call(5, RpcWire.Nfs, 3, 0, [], type: 1)), Is.Null);
        for (var length = 1; length < call.Length; length++)
        {
            Assert.That(await _server.SendAsync(call[..length]), Is.Null, $"{length} bytes");
        }
    }

    [TestCase(0u)]
    [TestCase(0xFFFF_FFFFu)]
    [Covers("N-39")]
    public async Task TheXidIsEchoed(uint xid)
    {
        var reply = await _server.SendAsync(RpcWire.Call(xid, RpcWire.Nfs, 3, 0, []));

        new WireReply(reply!).Accepted(xid);
    }

    [Test]
    [Covers("N-40")]
    public async Task OverlongCredentialOrVerifier_IsRefused()
    {
        byte[] tooLong = new XdrBytes().U32(1).Opaque(new byte[401]);
        byte[] boundless = new XdrBytes().U32(1).U32(0xFFFF_FFFF);

        new WireReply((await _server.SendAsync(RpcWire.Call(5, RpcWire.Nfs, 3, 0, [], tooLong)))!).Denied(5, 1, 1);
        new WireReply((await _server.SendAsync(RpcWire.Call(6, RpcWire.Nfs, 3, 0, [], boundless)))!).Denied(6, 1, 1);
        new WireReply((await _server.SendAsync(RpcWire.Call(7, RpcWire.Nfs, 3, 0, [], null, tooLong)))!)
            .Denied(7, 1, 3);
    }

    [Test]
    [Covers("N-41")]
    public async Task AuthSysLimits_AreExact()
    {
        Assert.That(await AuthStatusAsync(RpcWire.AuthSys(groups: new uint[16])), Is.Zero);
        Assert.That(await AuthStatusAsync(RpcWire.AuthSys(groups: [])), Is.Zero);
        Assert.That(await AuthStatusAsync(RpcWire.AuthSys(machine: new string('m', 255))), Is.Zero);
        Assert.That(await AuthStatusAsync(RpcWire.AuthSys(groups: new uint[17])), Is.EqualTo(1));
        Assert.That(await AuthStatusAsync(RpcWire.AuthSys(machine: new string('m', 256))), Is.EqualTo(1));
    }

    [Test]
    [Covers("N-41")]
    public async Task EveryTruncationOfAuthSys_IsBadCred()
    {
        var body = RpcWire.AuthSys(groups: [1, 2, 3]).AsMemory(8);
        for (var length = 0; length < body.Length; length++)
        {
            byte[] credential = new XdrBytes().U32(1).Opaque(body.Span[..length]);

            Assert.That(await AuthStatusAsync(credential), Is.EqualTo(1), $"{length} bytes");
        }
    }

    [TestCase(2u)]
    [TestCase(3u)]
    [TestCase(6u)]
    [TestCase(999u)]
    [Covers("N-42")]
    public async Task OtherFlavours_AreRejected(uint flavor)
    {
        Assert.That(await AuthStatusAsync(new XdrBytes().U32(flavor).Opaque(new byte[8])), Is.EqualTo(2));
    }

    [Test]
    [Covers("N-48", "N-49")]
    public async Task AuthTls_GetsAPlainAnswerToNullOnly()
    {
        byte[] tls = new XdrBytes().U32(7).U32(0);
        var probe = await _server.SendAsync(RpcWire.Call(5, RpcWire.Nfs, 3, 0, [], tls));
        var call = await _server.SendAsync(
            RpcWire.Call(6, RpcWire.Nfs, 3, 1, new XdrBytes().Opaque(_server.Root), tls));

        Assert.That(new WireReply(probe!).Accepted(5).Left, Is.Zero);
        new WireReply(call!).Denied(6, 1, 1);
    }

    [Test]
    [Covers("N-43", "N-44")]
    public async Task AuthNone_IsTooWeakForData_WithAGoodHandle()
    {
        var reply = await _server.SendAsync(RpcWire.Call(
            5, RpcWire.Nfs, 3, (uint)NfsProc3.GETATTR, new XdrBytes().Opaque(_server.Root), RpcWire.AuthNone()));

        new WireReply(reply!).Denied(5, 1, 5);
    }

    [Test]
    public async Task TheIdentityIsTheOneSent_AlsoWhenCredentialsAlternate()
    {
        var mkdir = new XdrBytes().Opaque(_server.Root);
        for (var i = 0u; i < 40; i++)
        {
            byte[] args = new XdrBytes().Raw(mkdir).Text($"d{i}").Sattr();
            await _server.NfsAsync(NfsProc3.MKDIR, args, RpcWire.AuthSys(i % 20, i + 1, [i + 2, i + 3], stamp: i));

            var caller = _server.Files.LastCaller!;
            Assert.That((caller.Uid, caller.Gid), Is.EqualTo((i % 20, i + 1)));
            Assert.That(caller.Groups, Is.EqualTo(new[] { i + 2, i + 3 }));
        }
    }

    private async Task<uint> AuthStatusAsync(byte[] credential)
    {
        var reply = await _server.SendAsync(
            RpcWire.Call(5, RpcWire.Nfs, 3, (uint)NfsProc3.GETATTR, new XdrBytes().Opaque(_server.Root), credential));
        var words = new WireReply(reply!);
        Assert.That((words.U32(), words.U32()), Is.EqualTo((5u, 1u)));
        if (words.U32() == 0)
        {
            return 0;
        }

        Assert.That(words.U32(), Is.EqualTo(1), "AUTH_ERROR");
        return words.U32();
    }
}
