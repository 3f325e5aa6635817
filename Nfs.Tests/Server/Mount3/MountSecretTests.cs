using System.Text;
using Nfs.Server.Exports;
using Nfs.Server.Mount3;
using Nfs.Server.Nfs3;
using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Vfs.Core;

namespace Nfs.Tests.Server.Mount3;

/// <summary>
/// On a machine with several users everybody reaches the port. If these fail, everybody can mount, too.
/// </summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class MountSecretTests
{
    private const string Secret = "c2VjcmV0LXNlY3JldA";

    private readonly InMemoryFileSystem _files = new();

    [TestCase("/srv/data")]
    [TestCase("/srv/data/")]
    [TestCase("/c2VjcmV0LXNlY3JldB/srv/data")]
    [TestCase("/c2VjcmV0LXNlY3Jld/srv/data")]
    [TestCase("/C2VJCMV0LXNLY3JLDA/srv/data")]
    [TestCase("/srv/data/c2VjcmV0LXNlY3JldA")]
    [TestCase("/srv/c2VjcmV0LXNlY3JldA/data")]
    [TestCase("/c2VjcmV0LXNlY3JldA")]
    [TestCase("/c2VjcmV0LXNlY3JldA/srv")]
    [TestCase("/c2VjcmV0LXNlY3JldA/c2VjcmV0LXNlY3JldA/srv/data")]
    [Covers("N-64", "N-211")]
    public async Task WithoutTheSecretInFront_NothingIsMounted(string path)
    {
        var reply = await Server(Secret).MountAsync(MountProc3.MNT, new XdrBytes().Text(path));

        Assert.That(
            (MountStat3)reply.U32(), Is.EqualTo(MountStat3.MNT3ERR_ACCES).Or.EqualTo(MountStat3.MNT3ERR_NOENT));
        Assert.That(reply.Left, Is.Zero, "no handle");
    }

    [TestCase("/c2VjcmV0LXNlY3JldA/srv/data")]
    [TestCase("//c2VjcmV0LXNlY3JldA/./srv//data/")]
    [Covers("N-64")]
    public async Task WithTheSecret_TheRootIsMounted_AndNobodyIsToldIt(string path)
    {
        var server = Server(Secret);

        var reply = await server.MountAsync(MountProc3.MNT, new XdrBytes().Text(path));
        Assert.That(reply.U32(), Is.Zero);
        Assert.That(reply.Opaque(), Is.EqualTo(server.Root));

        var dump = await server.MountAsync(MountProc3.DUMP, []);
        Assert.That(dump.U32(), Is.EqualTo(1));
        Assert.That(Encoding.ASCII.GetString(dump.Opaque()), Is.EqualTo("10.0.0.1"));
        Assert.That(Encoding.ASCII.GetString(dump.Opaque()), Is.EqualTo("/srv/data"));
        Assert.That((await server.MountAsync(MountProc3.EXPORT, [])).U32(), Is.Zero, "no export is listed");

        await server.MountAsync(MountProc3.UMNT, new XdrBytes().Text(path));
        Assert.That((await server.MountAsync(MountProc3.DUMP, [])).U32(), Is.Zero, "unmounted by the same path");
    }

    [Test]
    [Covers("N-64")]
    public async Task ADirectoryBelowIsMountedWithTheSecretToo()
    {
        var made = await _files.MakeDirectoryAsync(
            Caller.Root, InodeId.Root, FileName.From("below"), default, CancellationToken.None);
        var server = Server(Secret);

        var reply = await server.MountAsync(MountProc3.MNT, new XdrBytes().Text($"/{Secret}/srv/data/below"));

        Assert.That(reply.U32(), Is.Zero);
        Assert.That(reply.Opaque(), Is.EqualTo(server.Handle(made.Object!.Value.Id)));
    }

    [Test]
    [Covers("N-64")]
    public async Task AnExportAtTheTop_IsMountedByTheSecretAlone()
    {
        var server = Server(Secret, "/");

        var reply = await server.MountAsync(MountProc3.MNT, new XdrBytes().Text($"/{Secret}"));
        Assert.That(reply.U32(), Is.Zero);
        Assert.That(reply.Opaque(), Is.EqualTo(server.Root));

        var dump = await server.MountAsync(MountProc3.DUMP, []);
        Assert.That(dump.U32(), Is.EqualTo(1));
        dump.Opaque();
        Assert.That(Encoding.ASCII.GetString(dump.Opaque()), Is.EqualTo("/"));
    }

    [Test]
    [Covers("N-64")]
    public async Task AnotherSecret_LocksOutTheOldOne_AndMountedClientsGoOn()
    {
        var mounted = Server(Secret).Root;
        var server = Server("another-secret-of-mine");

        var again = await server.MountAsync(MountProc3.MNT, new XdrBytes().Text($"/{Secret}/srv/data"));
        var attributes = await server.NfsAsync(NfsProc3.GETATTR, new XdrBytes().Opaque(mounted));

        Assert.That((again.U32(), attributes.U32()), Is.EqualTo(((uint)MountStat3.MNT3ERR_NOENT, 0u)));
    }

    private WireServer Server(string secret, string path = "/srv/data") => new(
        new Export
        {
            Path = path, Squash = Squash.None, Secret = new MountSecret(Encoding.ASCII.GetBytes(secret)),
        },
        files: _files);
}
