using Nfs.Server.Mount3;
using Nfs.Server.Nfs3;
using Nfs.Server.Rpc;
using Nfs.Server.Xdr;
using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Vfs.Core;

namespace Nfs.Tests.Server.Wire;

/// <summary>
/// Arguments as an attacker writes them. A length, a count or a nesting that is believed takes the server's memory or
/// its stack, and a number that turns negative reads or writes where nobody asked for it.
/// </summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class HostileArgumentsTests
{
    private const int OK = (int)NfsStat3.NFS3_OK;

    /// <summary>What no refusal may cost; the least that was asked for is 2 GiB.</summary>
    private const long AllocatedMax = 1 << 20;

    private static readonly NfsProc3[] s_all = [.. Enum.GetValues<NfsProc3>()];

    private readonly WireServer _server = new();

    [TestCase(0x7FFF_FFFFu)]
    [TestCase(0xFFFF_FFFDu)]
    [TestCase(0xFFFF_FFFFu)]
    [Covers("N-1", "N-3", "N-4")]
    public async Task BoundlessLengths_AreRefused_AndReserveNothing(uint length)
    {
        byte[] credential = new XdrBytes().U32(1).U32(length);
        byte[] machine = new XdrBytes().U32(1).Opaque((byte[])new XdrBytes().U32(7).U32(length).Raw(new byte[100]));
        byte[] groups = new XdrBytes().U32(1)
            .Opaque((byte[])new XdrBytes().U32(7).Text("m").U32(0).U32(0).U32(length).Raw(new byte[100]));
        byte[] path = new XdrBytes().U32(length).Raw(new byte[2000]);
        await RefuseAsync();
        var before = GC.GetAllocatedBytesForCurrentThread();

        await RefuseAsync();

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(AllocatedMax));

        async Task RefuseAsync()
        {
            foreach (var bad in new[] { credential, machine, groups })
            {
                var denied = await _server.SendAsync(RpcWire.Call(1, RpcWire.Nfs, 3, 1, [], bad));
                new WireReply(denied!).Denied(1, 1, (uint)AuthStat.AUTH_BADCRED);
            }

            var verifier = await _server.SendAsync(RpcWire.Call(2, RpcWire.Nfs, 3, 0, [], null, credential));
            new WireReply(verifier!).Denied(2, 1, (uint)AuthStat.AUTH_BADVERF);
            var mount = await _server.SendAsync(RpcWire.Call(3, RpcWire.Mount, 3, (uint)MountProc3.MNT, path));
            new WireReply(mount!).Accepted(3, (uint)AcceptStat.GARBAGE_ARGS);
            byte[] write = new XdrBytes().Opaque(_server.Root).U64(0).U32(length).U32(0).U32(length).Raw(new byte[100]);
            await _server.FailAsync(NfsProc3.WRITE, write, AcceptStat.GARBAGE_ARGS);
        }
    }

    [TestCaseSource(nameof(s_all))]
    [Covers("N-11")]
    public async Task ArgumentsThatSeemToNestForEver_NeedNoStack(object procedure)
    {
        // "Another one follows", 250,000 times: a decoder that calls itself for each would need megabytes.
        var arguments = new byte[1_000_000];
        for (var i = 3; i < arguments.Length; i += 4)
        {
            arguments[i] = 1;
        }

        var call = RpcWire.Call(1, RpcWire.Nfs, 3, (uint)(NfsProc3)procedure, arguments);
        Task<byte[]?>? reply = null;
        var thread = new Thread(() => reply = _server.SendAsync(call), maxStackSize: 256 << 10);
        thread.Start();
        thread.Join();

        Assert.That(new WireReply((await reply!)!).U32(), Is.EqualTo(1));
    }

    [Test]
    [Covers("N-7", "N-8")]
    public async Task WhatIsNoBooleanAndNoKnownChoice_IsRefused()
    {
        var file = _server.Handle(_server.Files.AddFile("f", []));
        byte[] modeFollows = new XdrBytes().Opaque(file).U32(2).U32(0).Raw(new byte[40]);
        byte[] guardFollows = new XdrBytes().Opaque(file).Sattr().U32(0xFFFF_FFFF).U64(0);
        byte[] timeHow = new XdrBytes().Opaque(file).U32(0).U32(0).U32(0).U32(0).U32(0).U32(3).Raw(new byte[40]);
        byte[] createHow = new XdrBytes().Opaque(_server.Root).Text("x").U32(3).Sattr();
        byte[] stable = new XdrBytes().Opaque(file).U64(0).U32(1).U32(3).Opaque([1]);
        byte[] type = new XdrBytes().Opaque(_server.Root).Text("x").U32(99).Sattr();

        await _server.FailAsync(NfsProc3.SETATTR, modeFollows, AcceptStat.GARBAGE_ARGS);
        await _server.FailAsync(NfsProc3.SETATTR, guardFollows, AcceptStat.GARBAGE_ARGS);
        await _server.FailAsync(NfsProc3.SETATTR, timeHow, AcceptStat.GARBAGE_ARGS);
        await _server.FailAsync(NfsProc3.CREATE, createHow, AcceptStat.GARBAGE_ARGS);
        await _server.FailAsync(NfsProc3.WRITE, stable, AcceptStat.GARBAGE_ARGS);
        var made = await _server.NfsAsync(NfsProc3.MKNOD, type);
        Assert.That(made.U32(), Is.EqualTo((uint)NfsStat3.NFS3ERR_BADTYPE));
        Assert.That(_server.Files.Mutations, Is.Zero);
    }

    [TestCase(1UL << 63)]
    [TestCase(ulong.MaxValue)]
    [TestCase((1UL << 63) - 1)]
    [Covers("N-13")]
    public async Task HugeOffsets_AreNeverNegative(ulong offset)
    {
        await using var gateway = await TestGateway.StartAsync();
        var server = new WireServer(files: gateway.Files);
        var id = await gateway.MakeFileAsync("f", [1, 2, 3]);
        var file = server.Handle(id);

        var read = await server.NfsAsync(NfsProc3.READ, new XdrBytes().Opaque(file).U64(offset).U32(100));
        var write = await server.NfsAsync(
            NfsProc3.WRITE, new XdrBytes().Opaque(file).U64(offset).U32(1).U32(0).Opaque([9]));
        var resize = await server.NfsAsync(NfsProc3.SETATTR, new XdrBytes().Opaque(file).Sattr(size: offset).U32(0));
        var list = await server.NfsAsync(
            NfsProc3.READDIR, new XdrBytes().Opaque(server.Root).U64(offset).U64(0).U32(4096));

        Assert.That(read.U32(), Is.EqualTo(OK));
        read.PostOp();
        Assert.That((read.U32(), read.U32(), read.Opaque().Length), Is.EqualTo((0u, 1u, 0)), "no bytes and the end");
        Assert.That(write.U32(), Is.EqualTo((uint)NfsStat3.NFS3ERR_FBIG));
        Assert.That(resize.U32(), Is.EqualTo((uint)NfsStat3.NFS3ERR_FBIG));
        Assert.That(list.U32(), Is.EqualTo(OK));
        Assert.That(gateway.Files.GetAttributes(id).Value.Size, Is.EqualTo(3));
    }

    [Test]
    [Covers("N-9")]
    public async Task NamesOfAnyBytes_ComeBackAsTheyWere()
    {
        byte[][] names =
        [
            [0xFF, 0xFE, 0x80], [0xC3], [0xED, 0xA0, 0x80], "a\nb\\"u8.ToArray(),
            "\u00E9"u8.ToArray(), "e\u0301"u8.ToArray(),
            [.. Enumerable.Range(1, 255).Select(i => (byte)i).Where(b => b != '/')],
        ];
        await using var gateway = await TestGateway.StartAsync();
        var server = new WireServer(files: gateway.Files);
        foreach (var name in names)
        {
            byte[] args = new XdrBytes().Opaque(server.Root).Opaque(name).U32((uint)CreateMode.Guarded).Sattr();
            Assert.That((await server.NfsAsync(NfsProc3.CREATE, args)).U32(), Is.EqualTo(OK));
        }

        var reply = await server.NfsAsync(
            NfsProc3.READDIR, new XdrBytes().Opaque(server.Root).U64(0).U64(0).U32(16 << 10));
        reply.U32();
        reply.PostOp();
        reply.U64();
        var listed = new List<byte[]>();
        while (reply.U32() == 1)
        {
            reply.U64();
            listed.Add(reply.Opaque());
            reply.U64();
        }

        Assert.That(listed.Skip(2), Is.EquivalentTo(names));
    }

    [Test]
    [Covers("N-6")]
    public async Task PaddingInReplies_IsZero_WhateverTheBufferHeld()
    {
        for (var length = 1; length <= 8; length++)
        {
            byte[] target = [.. Enumerable.Repeat((byte)0xEE, length)];
            byte[] args = new XdrBytes().Opaque(_server.Root).Text($"link{length}").Sattr().Opaque(target);
            var made = await _server.NfsAsync(NfsProc3.SYMLINK, args);
            made.U32();
            var link = made.PostOpHandle()!;

            var reply = await _server.NfsAsync(NfsProc3.READLINK, new XdrBytes().Opaque(link));

            reply.U32();
            reply.PostOp();
            Assert.That(reply.Opaque(), Is.EqualTo(target));
            Assert.That(reply.Left, Is.Zero);
        }
    }

    [Test]
    [Covers("N-10")]
    public async Task BytesBehindTheArguments_ChangeNothing()
    {
        var file = _server.Handle(_server.Files.AddFile("f", new byte[5000]));
        byte[] args = new XdrBytes().Opaque(file).U64(0).U32(5000);
        byte[] longer = [.. args, .. Enumerable.Repeat((byte)0xFF, 100_000)];

        var plain = await _server.SendAsync(RpcWire.Call(1, RpcWire.Nfs, 3, (uint)NfsProc3.READ, args));
        var trailed = await _server.SendAsync(RpcWire.Call(1, RpcWire.Nfs, 3, (uint)NfsProc3.READ, longer));

        Assert.That(trailed, Is.EqualTo(plain));
    }

    [Test]
    [Covers("N-14")]
    public async Task TheLongestListOfMounts_Fits()
    {
        // All of these are the root.
        var client = WireServer.NewPeer("2001:db8:ffff:ffff:ffff:ffff:ffff:ffff");
        for (var i = 0; i < MountTable.EntriesMax; i++)
        {
            var path = (i % 2 == 0 ? "/" : "/.") + new string('/', Mount3Constants.MNTPATHLEN - 2 - (i / 2));
            await _server.MountAsync(MountProc3.MNT, new XdrBytes().Text(path), client);
        }

        var reply = await _server.MountAsync(MountProc3.DUMP, []);

        Assert.That(reply.Bytes, Has.Length.InRange(MountTable.EntriesMax * 700, XdrBuffer.BytesMax));
    }

    [Test]
    [Covers("N-45")]
    public async Task StampAndMachineName_MeanNothing()
    {
        byte[] args = new XdrBytes().Opaque(_server.Root).U32(0x3F);
        string[] machines = ["client", "", "root", "\r\n\u001b[2J", new('m', 255)];
        var replies = new List<byte[]>();
        foreach (var (machine, stamp) in machines.Zip([0u, 1u, 2u, uint.MaxValue, 4u]))
        {
            var credential = RpcWire.AuthSys(1000, 1000, [5], stamp, machine);
            replies.Add((await _server.SendAsync(
                RpcWire.Call(1, RpcWire.Nfs, 3, (uint)NfsProc3.ACCESS, args, credential)))!);
        }

        Assert.That(replies, Is.All.EqualTo(replies[0]));
    }

    [Test]
    [Covers("N-49")]
    public async Task AuthTlsWithABody_IsRefused()
    {
        byte[] tls = new XdrBytes().U32((uint)AuthFlavor.AUTH_TLS).Opaque([1, 2, 3, 4]);

        var reply = await _server.SendAsync(RpcWire.Call(5, RpcWire.Nfs, 3, 0, [], tls));

        new WireReply(reply!).Denied(5, 1, (uint)AuthStat.AUTH_BADCRED);
    }
}
