using System.Net;
using Nfs.Server.Exports;
using Nfs.Server.Mount3;
using Nfs.Server.Nfs3;
using Nfs.Server.Rpc;
using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Vfs.Core;

namespace Nfs.Tests.Server.Exports;

/// <summary>
/// Squashing that forgets a group or a call makes a stranger root; a procedure that does not ask lets him in at all.
/// </summary>
internal sealed class ExportPolicyTests
{
    private const uint AuthError = 1;

    private static readonly NfsProc3[] s_calls = [.. Enum.GetValues<NfsProc3>().Where(p => p != NfsProc3.NULL)];
    private static readonly IPNetwork[] s_home = [IPNetwork.Parse("10.0.0.0/8"), IPNetwork.Parse("fd00::/8")];

    [TestCase(Squash.None, 0u, 0u, new uint[] { 0, 5 }, 0u, 0u, new uint[] { 0, 5 })]
    [TestCase(Squash.Root, 0u, 0u, new uint[] { 0, 5 }, 99u, 98u, new uint[] { 98, 5 })]
    [TestCase(Squash.Root, 7u, 0u, new uint[] { 5 }, 7u, 98u, new uint[] { 5 })]
    [TestCase(Squash.Root, 7u, 8u, new uint[] { }, 7u, 8u, new uint[] { })]
    [TestCase(Squash.RemoteRoot, 0u, 0u, new uint[] { 0, 5 }, 99u, 98u, new uint[] { 98, 5 })]
    [TestCase(Squash.All, 7u, 8u, new uint[] { 5 }, 99u, 98u, new uint[] { })]
    [Covers("N-202")]
    public async Task UserGroupAndGroups_AreMapped(
        object squash, uint uid, uint gid, uint[] groups, uint mappedUid, uint mappedGid, uint[] mappedGroups)
    {
        var server = new WireServer(
            new Export { Squash = (Squash)squash, AnonymousUid = 99, AnonymousGid = 98 });

        for (var i = 0; i < 2; i++)
        {
            byte[] args = new XdrBytes().Opaque(server.Root).Text($"d{i}").Sattr();
            await server.NfsAsync(NfsProc3.MKDIR, args, RpcWire.AuthSys(uid, gid, groups));

            var caller = server.Files.LastCaller!;
            Assert.That((caller.Uid, caller.Gid), Is.EqualTo((mappedUid, mappedGid)));
            Assert.That(caller.Groups, Is.EqualTo(mappedGroups));
        }
    }

    [TestCase("127.0.0.1", 0u)]
    [TestCase("127.3.2.1", 0u)]
    [TestCase("::1", 0u)]
    [TestCase("::ffff:127.0.0.1", 0u)]
    [TestCase("10.0.0.1", 65534u)]
    [TestCase("::ffff:10.0.0.1", 65534u)]
    [TestCase("fd00::1", 65534u)]
    [Covers("N-202", "N-203")]
    public async Task RootOfOtherMachines_IsNobody_UnlessTheExportSaysOtherwise(string client, uint uid)
    {
        var server = new WireServer();
        var byDefault = new WireServer(new Export());
        var peer = WireServer.NewPeer(client);

        await MakeDirectoryAsync(server, peer);
        await MakeDirectoryAsync(byDefault, peer);

        Assert.That(server.Files.LastCaller!.Uid, Is.Zero, "squash none");
        Assert.That((byDefault.Files.LastCaller!.Uid, byDefault.Files.LastCaller!.Gid), Is.EqualTo((uid, uid)));
    }

    [Test]
    [Covers("N-56", "N-202")]
    public async Task TheMountIsSquashedToo()
    {
        var server = new WireServer(new Export());
        var made = await server.Files.MakeDirectoryAsync(
            Caller.Root, InodeId.Root, FileName.From("private"), new AttributeChanges { Mode = 0x1C0 }, default);
        await server.Files.MakeDirectoryAsync(
            Caller.Root, made.Object!.Value.Id, FileName.From("inside"), default, default);
        byte[] path = new XdrBytes().Text("/private/inside");

        var remote = await server.MountAsync(MountProc3.MNT, path);
        var local = await server.MountAsync(MountProc3.MNT, path, WireServer.NewPeer("127.0.0.1"));

        Assert.That((remote.U32(), local.U32()), Is.EqualTo(((uint)MountStat3.MNT3ERR_ACCES, 0u)));
    }

    [TestCaseSource(nameof(s_calls))]
    [Covers("N-209")]
    public async Task EveryNfsProcedure_AsksAboutTheMachine(object procedure)
    {
        var server = new WireServer(new Export { Networks = s_home });
        var proc = (NfsProc3)procedure;

        // All arguments begin with a handle. The caller says that he is another machine; only the socket counts.
        var call = RpcWire.Call(
            5, RpcWire.Nfs, 3, (uint)proc, new XdrBytes().Opaque(server.Root),
            RpcWire.AuthSys(0, 0, machine: "10.0.0.1"));
        var refused = await server.SendAsync(call, WireServer.NewPeer("192.168.0.1"));
        var accepted = new WireReply((await server.SendAsync(call, WireServer.NewPeer("10.0.0.1")))!);

        new WireReply(refused!).Denied(5, AuthError, (uint)AuthStat.AUTH_TOOWEAK);
        Assert.That((accepted.U32(), accepted.U32(), accepted.U32()), Is.EqualTo((5u, 1u, 0u)), "MSG_ACCEPTED");
    }

    [Test]
    [Covers("N-58", "N-61", "N-209")]
    public async Task EveryMountProcedure_AsksAboutTheMachine()
    {
        var server = new WireServer(new Export { Networks = s_home });
        var (home, stranger) = (WireServer.NewPeer("10.0.0.1"), WireServer.NewPeer("192.168.0.1"));
        byte[] path = new XdrBytes().Text("/");
        await server.MountAsync(MountProc3.MNT, path, home);

        foreach (var procedure in Enum.GetValues<MountProc3>())
        {
            var reply = await server.MountAsync(procedure, path, stranger);
            switch (procedure)
            {
                case MountProc3.MNT:
                    Assert.That((reply.U32(), reply.Left), Is.EqualTo(((uint)MountStat3.MNT3ERR_ACCES, 0)));
                    break;
                case MountProc3.DUMP or MountProc3.EXPORT:
                    Assert.That((reply.U32(), reply.Left), Is.EqualTo((0u, 0)), "nothing to see");
                    break;
                case MountProc3.NULL or MountProc3.UMNT or MountProc3.UMNTALL:
                    Assert.That(reply.Left, Is.Zero);
                    break;
                default:
                    Assert.Fail($"{procedure} is new: does it ask?");
                    break;
            }
        }

        Assert.That((await server.MountAsync(MountProc3.DUMP, [], home)).U32(), Is.EqualTo(1), "home's mount");
    }

    [TestCase("127.0.0.1", true)]
    [TestCase("::1", true)]
    [TestCase("10.0.0.1", false)]
    [TestCase("fe80::1", false)]
    [Covers("N-209")]
    public void AnExportThatNamesNoNetworks_IsForThisMachineAlone(string client, bool isIn)
    {
        var export = new ServedExport(new ExportedTree(new Export(), new InMemoryFileSystem()), 0);

        Assert.That(export.Contains(ClientAddress.From(IPAddress.Parse(client))), Is.EqualTo(isIn));
    }

    [TestCase("10.0.0.0/8", "10.255.0.1", true)]
    [TestCase("10.0.0.0/8", "::ffff:10.255.0.1", true)]
    [TestCase("::ffff:10.0.0.0/104", "10.255.0.1", true)]
    [TestCase("10.0.0.0/8", "11.0.0.1", false)]
    [TestCase("10.0.0.5/32", "10.0.0.5", true)]
    [TestCase("10.0.0.5/32", "10.0.0.4", false)]
    [TestCase("0.0.0.0/0", "8.8.8.8", true)]
    [TestCase("0.0.0.0/0", "2001:db8::1", false)]
    [TestCase("::/0", "2001:db8::1", true)]
    [TestCase("::/0", "8.8.8.8", false)]
    [TestCase("fd00::/8", "fd12:3456::1", true)]
    [TestCase("fd00::/8", "fe00::1", false)]
    [Covers("N-209")]
    public void Networks(string network, string client, bool isIn)
    {
        var block = new AddressBlock(IPNetwork.Parse(network));

        Assert.That(block.Contains(ClientAddress.From(IPAddress.Parse(client))), Is.EqualTo(isIn));
    }

    [Test]
    [Covers("N-54")]
    public async Task CallsWithoutAnIdentity_AreTakenOnlyWhereTheExportSaysSo_AsTheAnonymousUser()
    {
        var strict = new WireServer(new Export());
        var open = new WireServer(new Export { TakesAuthNone = true, AnonymousUid = 99, AnonymousGid = 98 });
        byte[] args = new XdrBytes().Opaque(strict.Root).Text("d").Sattr();
        var call = RpcWire.Call(5, RpcWire.Nfs, 3, (uint)NfsProc3.MKDIR, args, RpcWire.AuthNone());

        new WireReply((await strict.SendAsync(call))!).Denied(5, AuthError, (uint)AuthStat.AUTH_TOOWEAK);
        new WireReply((await open.SendAsync(call))!).Accepted(5);

        Assert.That((open.Files.LastCaller!.Uid, open.Files.LastCaller!.Gid), Is.EqualTo((99u, 98u)));
        Assert.That(await FlavorsAsync(strict), Is.EqualTo(new uint[] { 1 }));
        Assert.That(await FlavorsAsync(open), Is.EqualTo(new uint[] { 1, 0 }));
    }

    [TestCase(false, 1023, true)]
    [TestCase(false, 1024, true)]
    [TestCase(true, 1023, true)]
    [TestCase(true, 1024, false)]
    [Covers("N-210")]
    public async Task AReservedPort_IsAskedForOnlyWhereTheExportSaysSo(bool isNeeded, int port, bool isTaken)
    {
        var server = new WireServer(new Export { NeedsReservedPort = isNeeded });
        var peer = WireServer.NewPeer("10.0.0.1", port);

        var mount = await server.MountAsync(MountProc3.MNT, new XdrBytes().Text("/"), peer);
        var reply = await server.SendAsync(
            RpcWire.Call(5, RpcWire.Nfs, 3, (uint)NfsProc3.GETATTR, new XdrBytes().Opaque(server.Root)), peer);

        Assert.That(mount.U32(), Is.EqualTo(isTaken ? 0u : (uint)MountStat3.MNT3ERR_ACCES));
        if (isTaken)
        {
            new WireReply(reply!).Accepted(5);
        }
        else
        {
            new WireReply(reply!).Denied(5, AuthError, (uint)AuthStat.AUTH_TOOWEAK);
        }
    }

    [Test]
    public void FindingAnExportAndAsking_AllocatesNothing()
    {
        var trees = Enumerable.Range(1, 5).Select(id => new ExportedTree(
            new Export { Id = (uint)id, Path = $"/{id}", Networks = s_home }, new InMemoryFileSystem())).ToArray();
        var exports = new ExportTable(trees);
        var policy = new ExportPolicy(exports);
        var server = new Nfs3Server(exports, new WireServer().Handles, policy, new Nfs3Counters());
        ReadOnlyMemory<byte> handle = new WireServer().Handle(InodeId.Root, 5);
        var call = new RpcCall();
        call.Begin(WireServer.NewPeer("10.0.0.1"), default);
        call.Credential = new RpcCredential(AuthFlavor.AUTH_SYS, 0, 0, [1, 2]);
        Assert.That(policy.TryAdmit(call, server.Find(handle).Export, out _), Is.EqualTo(AuthStat.AUTH_OK));

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            _ = policy.TryAdmit(call, server.Find(handle).Export, out _);
        }

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    private static async Task MakeDirectoryAsync(WireServer server, RpcPeer peer)
    {
        byte[] args = new XdrBytes().Opaque(server.Root).Text("d").Sattr();
        var reply = await server.SendAsync(
            RpcWire.Call(5, RpcWire.Nfs, 3, (uint)NfsProc3.MKDIR, args, RpcWire.AuthSys(0, 0)), peer);
        new WireReply(reply!).Accepted(5);
    }

    private static async Task<uint[]> FlavorsAsync(WireServer server)
    {
        var reply = await server.MountAsync(MountProc3.MNT, new XdrBytes().Text("/"));
        Assert.That(reply.U32(), Is.Zero);
        reply.Opaque();
        return [.. Enumerable.Range(0, (int)reply.U32()).Select(_ => reply.U32())];
    }
}
