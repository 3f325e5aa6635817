using System.Net;
using System.Text;
using Nfs.Server.Exports;
using Nfs.Server.Mount3;
using Nfs.Server.Nfs3;
using Nfs.Server.Rpc;
using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Vfs.Core;

namespace Nfs.Tests.Server.Exports;

/// <summary>
/// Several exports behind one port. If these fail, who may use one of them gets into another, or two trees are one to a
/// client.
/// </summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class SeveralExportsTests
{
    private const uint AuthError = 1;

    private static readonly NfsProc3[] s_calls = [.. Enum.GetValues<NfsProc3>().Where(p => p != NfsProc3.NULL)];
    private static readonly RpcPeer s_office = WireServer.NewPeer("10.0.0.1");
    private static readonly RpcPeer s_guests = WireServer.NewPeer("192.168.0.1");

    private readonly InMemoryFileSystem _files = new();
    private readonly InMemoryFileSystem _others = new();

    private WireServer Server => new(
        new ExportedTree(
            new Export { Id = 3, Fsid = 3, Networks = Network("10.0.0.0/8"), Squash = Squash.None }, _files),
        new ExportedTree(
            new Export { Id = 4, Fsid = 4, Path = "/guests", Networks = Network("192.168.0.0/16"), IsReadOnly = true },
            _files),
        new ExportedTree(
            new Export { Id = 9, Fsid = 9, Path = "/guests/other", Networks = WireServer.Everywhere }, _others));

    [Test]
    [Covers("N-77", "N-208")]
    public async Task AHandleIsTakenByTheRulesOfItsOwnExport()
    {
        var server = Server;
        var file = _files.AddFile("file", [1]);
        byte[] write = new XdrBytes().U64(0).U32(3).U32(2).Opaque("abc"u8);
        byte[] office = new XdrBytes().Opaque(server.Handle(file, 3)).Raw(write);
        byte[] guests = new XdrBytes().Opaque(server.Handle(file, 4)).Raw(write);

        Assert.That(await StatusAsync(server, NfsProc3.WRITE, office, s_office), Is.EqualTo(NfsStat3.NFS3_OK));
        Assert.That(await StatusAsync(server, NfsProc3.WRITE, guests, s_guests), Is.EqualTo(NfsStat3.NFS3ERR_ROFS));
        await RefusedAsync(server, NfsProc3.WRITE, office, s_guests);
        await RefusedAsync(server, NfsProc3.WRITE, guests, s_office);
    }

    [TestCaseSource(nameof(s_calls))]
    [Covers("N-77")]
    public async Task AHandleOfAnExportThatIsGone_IsStale(object procedure)
    {
        var server = Server;
        var before = server.Handle(InodeId.Root, 5);
        var forged = (byte[])before.Clone();
        forged[^1] ^= 1;

        var proc = (NfsProc3)procedure;
        Assert.That(
            await StatusAsync(server, proc, Arguments(proc, before), s_office), Is.EqualTo(NfsStat3.NFS3ERR_STALE));
        Assert.That(
            await StatusAsync(server, proc, Arguments(proc, forged), s_office), Is.EqualTo(NfsStat3.NFS3ERR_BADHANDLE));
    }

    [Test]
    [Covers("N-77", "N-159", "N-171")]
    public async Task NamesAndLinksDoNotCrossExports()
    {
        var server = Server;
        var file = _files.AddFile("file", [1]);
        var (here, there) = (server.Handle(InodeId.Root, 3), server.Handle(InodeId.Root, 9));

        byte[] rename = new XdrBytes().Opaque(here).Text("file").Opaque(there).Text("file");
        byte[] link = new XdrBytes().Opaque(server.Handle(file, 3)).Opaque(there).Text("file");
        byte[] back = new XdrBytes().Opaque(there).Text("file").Opaque(here).Text("new");

        Assert.That(await StatusAsync(server, NfsProc3.RENAME, rename, s_office), Is.EqualTo(NfsStat3.NFS3ERR_XDEV));
        Assert.That(await StatusAsync(server, NfsProc3.LINK, link, s_office), Is.EqualTo(NfsStat3.NFS3ERR_XDEV));
        Assert.That(await StatusAsync(server, NfsProc3.RENAME, back, s_office), Is.EqualTo(NfsStat3.NFS3ERR_XDEV));
        Assert.That((_files.Mutations, _others.Mutations), Is.EqualTo((0, 0)));
    }

    [Test]
    [Covers("N-79")]
    public async Task EachExportHasItsOwnFsid_AndAllOfItsObjectsHaveIt()
    {
        var server = Server;
        var file = _files.AddFile("file", []);
        var root = server.Handle(InodeId.Root, 3);

        var found = await ReplyAsync(server, NfsProc3.LOOKUP, new XdrBytes().Opaque(root).Text("file"), s_office);
        Assert.That(found.U32(), Is.Zero);
        Assert.That(found.Opaque(), Is.EqualTo(server.Handle(file, 3)));
        Assert.That((found.PostOp()!.Fsid, found.PostOp()!.Fsid), Is.EqualTo((3UL, 3UL)));

        var attributes = await ReplyAsync(
            server, NfsProc3.GETATTR, new XdrBytes().Opaque(server.Handle(file, 4)), s_guests);
        Assert.That((attributes.U32(), attributes.Attributes().Fsid), Is.EqualTo((0u, 4UL)));

        var list = await ReplyAsync(
            server, NfsProc3.READDIRPLUS,
            new XdrBytes().Opaque(server.Handle(InodeId.Root, 9)).U64(0).U64(0).U32(4096).U32(4096), s_office);
        Assert.That((list.U32(), list.PostOp()!.Fsid), Is.EqualTo((0u, 9UL)));
    }

    [TestCase("/", 3u)]
    [TestCase("//.", 3u)]
    [TestCase("/guests", 4u)]
    [TestCase("/guests/../guests/", 4u)]
    [TestCase("/guests/other", 9u)]
    [TestCase("/guests//other/./", 9u)]
    [Covers("N-55", "N-54")]
    public async Task TheLongestPathWins(string path, uint export)
    {
        var server = new WireServer(
            Tree(3, "/", _files), Tree(4, "/guests", _files), Tree(9, "/guests/other", _others));

        var reply = await server.MountAsync(MountProc3.MNT, new XdrBytes().Text(path));

        Assert.That(reply.U32(), Is.Zero);
        Assert.That(reply.Opaque(), Is.EqualTo(server.Handle(InodeId.Root, export)));
    }

    [Test]
    [Covers("N-61")]
    public async Task EachMachineSeesItsOwnExports_AndWhoElseMayUseThem()
    {
        var server = Server;

        Assert.That(
            await ExportsAsync(server, s_office), Is.EqualTo(new[] { "/ 10.0.0.0/8", "/guests/other" }));
        Assert.That(
            await ExportsAsync(server, s_guests), Is.EqualTo(new[] { "/guests 192.168.0.0/16", "/guests/other" }));
    }

    [Test]
    [Covers("N-202")]
    public async Task OneCredentialIsMappedByEachExport()
    {
        var server = Server;
        var other = server.Handle(InodeId.Root, 9);
        for (var i = 0; i < 2; i++)
        {
            byte[] here = new XdrBytes().Opaque(server.Handle(InodeId.Root, 3)).Text($"d{i}").Sattr();
            byte[] there = new XdrBytes().Opaque(other).Text($"d{i}").Sattr();
            await ReplyAsync(server, NfsProc3.MKDIR, here, s_office);
            await ReplyAsync(server, NfsProc3.MKDIR, there, s_office);

            Assert.That((_files.LastCaller!.Uid, _others.LastCaller!.Uid), Is.EqualTo((0u, 65534u)));
        }
    }

    /// <summary>
    /// A handle and what is legal behind it: zeros mostly, and another handle or a name where there is one.
    /// </summary>
    private static byte[] Arguments(NfsProc3 procedure, byte[] handle)
    {
        var args = new XdrBytes().Opaque(handle);
        _ = procedure switch
        {
            NfsProc3.RENAME => args.Text("a").Opaque(handle).Text("b"),
            NfsProc3.LINK => args.Opaque(handle).Text("b"),
            NfsProc3.LOOKUP or NfsProc3.CREATE or NfsProc3.MKDIR or NfsProc3.SYMLINK or NfsProc3.REMOVE
                or NfsProc3.RMDIR => args.Text("a"),
            NfsProc3.MKNOD => args.Text("a").U32(7),
            _ => args,
        };
        return args.Raw(new byte[64]);
    }

    private static IPNetwork[] Network(string text) => [IPNetwork.Parse(text)];

    private static ExportedTree Tree(uint id, string path, IFileSystem files) => new(
        new Export { Id = id, Fsid = id, Path = path, Networks = WireServer.Everywhere }, files);

    private static async Task<WireReply> ReplyAsync(WireServer server, NfsProc3 procedure, byte[] args, RpcPeer peer)
    {
        var reply = await server.SendAsync(RpcWire.Call(5, RpcWire.Nfs, 3, (uint)procedure, args), peer);
        return new WireReply(reply!).Accepted(5);
    }

    private static async Task<NfsStat3> StatusAsync(WireServer server, NfsProc3 procedure, byte[] args, RpcPeer peer) =>
        (NfsStat3)(await ReplyAsync(server, procedure, args, peer)).U32();

    private static async Task RefusedAsync(WireServer server, NfsProc3 procedure, byte[] args, RpcPeer peer)
    {
        var reply = await server.SendAsync(RpcWire.Call(5, RpcWire.Nfs, 3, (uint)procedure, args), peer);
        new WireReply(reply!).Denied(5, AuthError, (uint)AuthStat.AUTH_TOOWEAK);
    }

    private static async Task<List<string>> ExportsAsync(WireServer server, RpcPeer peer)
    {
        var reply = await server.MountAsync(MountProc3.EXPORT, [], peer);
        var lines = new List<string>();
        while (reply.U32() == 1)
        {
            var line = Encoding.UTF8.GetString(reply.Opaque());
            while (reply.U32() == 1)
            {
                line += " " + Encoding.UTF8.GetString(reply.Opaque());
            }

            lines.Add(line);
        }

        Assert.That(reply.Left, Is.Zero);
        return lines;
    }
}
