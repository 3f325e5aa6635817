using System.Text;
using Nfs.Server.Exports;
using Nfs.Server.Mount3;
using Nfs.Server.Rpc;
using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Vfs.Core;

namespace Nfs.Tests.Server.Mount3;

/// <summary>MOUNT is where a client starts: a wrong path rule mounts the wrong tree, or nothing.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class Mount3ProgramTests
{
    private readonly WireServer _server = new(new Export { Path = "/srv/data", Squash = Squash.None });

    [TestCase("/srv/data")]
    [TestCase("/srv/data/")]
    [TestCase("//srv///data/.")]
    [TestCase("/./srv/x/../data")]
    [TestCase("/../../srv/data")]
    [Covers("N-54", "N-55", "N-59")]
    public async Task EquivalentPaths_GiveTheRoot(string path)
    {
        var reply = await _server.MountAsync(MountProc3.MNT, new XdrBytes().Text(path));

        Assert.That(reply.U32(), Is.Zero);
        Assert.That(reply.Opaque(), Is.EqualTo(_server.Root));
        Assert.That((reply.U32(), reply.U32(), reply.Left), Is.EqualTo((1u, 1u, 0)));
    }

    [TestCase("/", 2u)]
    [TestCase("", 2u)]
    [TestCase("/srv", 2u)]
    [TestCase("/srv/database", 2u)]
    [TestCase("/srv/data/..", 2u)]
    [TestCase("/srv/data/missing", 2u)]
    [TestCase("/srv/data/file", 20u)]
    [TestCase("/srv/data/link", 20u)]
    [TestCase("/srv/data/link/x", 20u)]
    [TestCase("/srv/data/\0", 22u)]
    [Covers("N-55", "N-56", "N-58")]
    public async Task OtherPaths_AreRefusedWithTheirReason(string path, uint status)
    {
        _server.Files.AddFile("file", []);
        await _server.Files.MakeSymlinkAsync(
            Caller.Root, InodeId.Root, FileName.From("link"), "/"u8.ToArray(), default, CancellationToken.None);

        var reply = await _server.MountAsync(MountProc3.MNT, new XdrBytes().Text(path));

        Assert.That((reply.U32(), reply.Left), Is.EqualTo((status, 0)));
    }

    [Test]
    [Covers("N-58")]
    public async Task PathsOver1024_AndNamesOver255_AreTooLong()
    {
        var path = await _server.MountAsync(MountProc3.MNT, new XdrBytes().Text("/srv/data" + new string('/', 1020)));
        var name = await _server.MountAsync(MountProc3.MNT, new XdrBytes().Text("/srv/data/" + new string('n', 256)));

        Assert.That((path.U32(), name.U32()), Is.EqualTo((63u, 63u)));
    }

    [Test]
    [Covers("N-56")]
    public async Task ASubdirectoryIsResolvedAsTheCaller()
    {
        var made = await _server.Files.MakeDirectoryAsync(
            Caller.Root, InodeId.Root, FileName.From("private"), new AttributeChanges { Mode = 0x1C0 },
            CancellationToken.None);
        var inside = await _server.Files.MakeDirectoryAsync(
            Caller.Root, made.Object!.Value.Id, FileName.From("inside"), default, CancellationToken.None);

        var asRoot = await MountAsAsync(RpcWire.AuthSys(0, 0), "/srv/data/private/inside");
        var asUser = await MountAsAsync(RpcWire.AuthSys(1000, 1000), "/srv/data/private/inside");

        Assert.That(asRoot.U32(), Is.Zero);
        Assert.That(asRoot.Opaque(), Is.EqualTo(_server.Handle(inside.Object!.Value.Id)));
        Assert.That(asUser.U32(), Is.EqualTo((uint)MountStat3.MNT3ERR_ACCES));
    }

    [Test]
    [Covers("N-61")]
    public async Task DumpListsMounts_AndIsBounded()
    {
        for (var i = 0; i < MountTable.EntriesMax + 10; i++)
        {
            await _server.MountAsync(MountProc3.MNT, new XdrBytes().Text("/srv/data" + new string('/', i)));
        }

        Assert.That(await DumpAsync(), Has.Count.EqualTo(MountTable.EntriesMax));
    }

    [Test]
    [Covers("N-60")]
    public async Task UnmountingAffectsOnlyTheCaller_AndSaysNothing()
    {
        var other = WireServer.NewPeer("10.0.0.2");
        byte[] path = new XdrBytes().Text("/srv/data");
        byte[] path2 = new XdrBytes().Text("/srv/data/");
        await _server.MountAsync(MountProc3.MNT, path);
        await _server.MountAsync(MountProc3.MNT, path2);
        await _server.MountAsync(MountProc3.MNT, path, other);

        Assert.That((await _server.MountAsync(MountProc3.UMNT, path)).Left, Is.Zero);
        Assert.That(await DumpAsync(), Is.EqualTo(new[] { "10.0.0.1 /srv/data/", "10.0.0.2 /srv/data" }));
        Assert.That((await _server.MountAsync(MountProc3.UMNTALL, [])).Left, Is.Zero);
        Assert.That(await DumpAsync(), Is.EqualTo(new[] { "10.0.0.2 /srv/data" }));
        Assert.That((await _server.MountAsync(MountProc3.UMNT, path)).Left, Is.Zero);
    }

    [Test]
    [Covers("N-61")]
    public async Task ExportListsThePath()
    {
        var reply = await _server.MountAsync(MountProc3.EXPORT, []);

        Assert.That(reply.U32(), Is.EqualTo(1));
        Assert.That(reply.Opaque(), Is.EqualTo("/srv/data"u8.ToArray()));
        Assert.That((reply.U32(), reply.U32(), reply.Left), Is.EqualTo((0u, 0u, 0)));
    }

    private async Task<WireReply> MountAsAsync(byte[] credential, string path)
    {
        var reply = await _server.SendAsync(
            RpcWire.Call(9, RpcWire.Mount, 3, (uint)MountProc3.MNT, new XdrBytes().Text(path), credential));
        return new WireReply(reply!).Accepted(9, (uint)AcceptStat.SUCCESS);
    }

    private async Task<List<string>> DumpAsync()
    {
        var reply = await _server.MountAsync(MountProc3.DUMP, []);
        var lines = new List<string>();
        while (reply.U32() == 1)
        {
            lines.Add($"{Encoding.ASCII.GetString(reply.Opaque())} {Encoding.ASCII.GetString(reply.Opaque())}");
        }

        Assert.That(reply.Left, Is.Zero);
        return lines;
    }
}
