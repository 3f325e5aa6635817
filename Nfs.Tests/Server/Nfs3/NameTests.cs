using System.Text;
using Nfs.Server.Nfs3;
using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Vfs.Core;

namespace Nfs.Tests.Server.Nfs3;

// Names are bytes that mean nothing here: one that is taken for a path leads out of the export, one that is changed on
// the way is a file that its user does not find again.
[TestFixture]
internal sealed class NameTests : WireTests
{
    private static readonly byte[] s_user = RpcWire.AuthSys(1000, 1000);

    [Test]
    [Covers("N-107")]
    public async Task DotAndDotDot_AreTheDirectoryAndItsParent_AndEndAtTheRoot()
    {
        var directory = await MkdirAsync(Root, "d");
        var below = await MkdirAsync(directory, "below");

        Assert.That((await LookupAsync(below, ".")).Handle, Is.EqualTo(below));
        Assert.That((await LookupAsync(below, "..")).Handle, Is.EqualTo(directory));
        Assert.That((await LookupAsync(directory, "..")).Handle, Is.EqualTo(Root));
        Assert.That(await LookupAsync(Root, ".."), Is.EqualTo(await LookupAsync(Root, ".")));
        Assert.That((await LookupAsync(Root, "..")).Handle, Is.EqualTo(Root));
    }

    [Test]
    [Covers("N-108", "N-109", "N-191")]
    public async Task Lookup_TellsWhyNot_AndFollowsNoLink()
    {
        var file = await CreateAsync(Root, "f");
        var directory = await MkdirAsync(Root, "d");
        await CreateAsync(directory, "f");
        var link = await SymlinkAsync(Root, "l", "d");
        var closed = await MkdirAsync(Root, "closed", mode: 0x1B6);

        Assert.That(await LookupAsync(Root, "l"), Is.EqualTo((link, await GetattrAsync(link))));
        foreach (var (where, name, expected) in new[]
        {
            (file, "f", NfsStat3.NFS3ERR_NOTDIR), (link, "f", NfsStat3.NFS3ERR_NOTDIR),
            (directory, "none", NfsStat3.NFS3ERR_NOENT), (closed, "none", NfsStat3.NFS3ERR_ACCES),
        })
        {
            var reply = await Server.NfsAsync(NfsProc3.LOOKUP, new XdrBytes().Opaque(where).Text(name), s_user);
            Assert.That((NfsStat3)reply.U32(), Is.EqualTo(expected));
            Assert.That(reply.PostOp(), Is.EqualTo(await GetattrAsync(where)));
        }

        foreach (var other in new[] { file, link })
        {
            Assert.That(
                (NfsStat3)(await Server.ReaddirAsync(isPlus: false, other, ulong.MaxValue, 0)).Status,
                Is.EqualTo(NfsStat3.NFS3ERR_NOTDIR));
        }
    }

    [Test]
    [Covers("N-9", "N-106", "N-167", "N-238")]
    public async Task Names_AreKeptAsTheyAre_AndNeverReachTheDisk()
    {
        string[] texts =
        [
            "...", "..\\..\\etc", "%2e%2e%2f", "~", "-rf", "*", "a\nb", "CON", ".nfs0123456789abcdef", "._f",
            ".DS_Store", "caf\u00E9", "cafe\u0301", "\uFEFFx", new string('n', 255),
            "a:b", "\U0001F469\u200D\U0001F4BB", string.Concat(Enumerable.Repeat("e\u0301", 85)),
        ];
        List<byte[]> names = [.. texts.Select(Encoding.UTF8.GetBytes), [0xFF, 0xFE], [0xC0, 0xAF], [1], [0x7F]];
        byte[] moved = [0xFE, (byte)' ', 0xFF];

        foreach (var name in names)
        {
            var made = await MakeAsync(NfsProc3.CREATE, new XdrBytes().Opaque(Root).Opaque(name).U32(1).Sattr(0x1A4));
            await WriteAsync(made, 0, [1]);
            await OkAsync(NfsProc3.RENAME, new XdrBytes().Opaque(Root).Opaque(name).Opaque(Root).Opaque(moved));
            await OkAsync(NfsProc3.RENAME, new XdrBytes().Opaque(Root).Opaque(moved).Opaque(Root).Opaque(name));
        }

        var listed = (await Server.ListAsync(Root, 1 << 16)).Skip(2).Select(e => Encoding.Latin1.GetBytes(e.Name));
        Assert.That(listed, Is.EquivalentTo(names));
        var staging = Path.Combine(Gateway.StatePath, "staging");
        var files = Directory.GetFiles(staging, "*", SearchOption.AllDirectories);
        Assert.That(files, Has.Length.EqualTo(names.Count));
        var paths = files.Select(file => Path.GetRelativePath(staging, file));
        Assert.That(paths, Is.All.Match("^[0-9a-f]{2}/[0-9a-f]+[.][0-9a-f]+$"));
        foreach (var name in names)
        {
            await OkAsync(NfsProc3.REMOVE, new XdrBytes().Opaque(Root).Opaque(name));
        }
    }

    [Test]
    [Covers("N-111", "N-201")]
    public async Task CaseIsKept_AndTellsNamesApart_AsPathconfSays()
    {
        var lower = await CreateAsync(Root, "name");
        var upper = await CreateAsync(Root, "NAME");

        Assert.That((await LookupAsync(Root, "name")).Handle, Is.EqualTo(lower));
        Assert.That((await LookupAsync(Root, "NAME")).Handle, Is.EqualTo(upper));
        Assert.That(
            await StatusAsync(NfsProc3.LOOKUP, new XdrBytes().Opaque(Root).Text("Name")),
            Is.EqualTo(NfsStat3.NFS3ERR_NOENT));
        var reply = await OkAsync(NfsProc3.PATHCONF, new XdrBytes().Opaque(lower));
        Assert.That(reply.PostOp(), Is.EqualTo(await GetattrAsync(lower)));
        Assert.That(
            new[] { reply.U32(), reply.U32(), reply.U32(), reply.U32(), reply.U32(), reply.U32() },
            Is.EqualTo(new[] { VfsLimits.LinkCountMax, (uint)FileName.BytesMax, 1u, 1u, 0u, 1u }));
        Assert.That(
            await StatusAsync(NfsProc3.PATHCONF, new XdrBytes().Opaque(new byte[32])),
            Is.EqualTo(NfsStat3.NFS3ERR_BADHANDLE));
    }

    [Test]
    [Covers("N-121")]
    public async Task Read_IsForRegularFiles()
    {
        var pipe = await MakeAsync(NfsProc3.MKNOD, new XdrBytes().Opaque(Root).Text("p").U32(7).Sattr());
        var device = await MakeAsync(NfsProc3.MKNOD, new XdrBytes().Opaque(Root).Text("b").U32(3).Sattr().U64(5));
        foreach (var handle in new[] { Root, await SymlinkAsync(Root, "l", "f"), pipe, device })
        {
            var reply = await Server.NfsAsync(NfsProc3.READ, new XdrBytes().Opaque(handle).U64(0).U32(10));
            Assert.That((NfsStat3)reply.U32(), Is.EqualTo(NfsStat3.NFS3ERR_INVAL));
            Assert.That(reply.PostOp(), Is.EqualTo(await GetattrAsync(handle)));
        }
    }

    [Test]
    [Covers("N-195")]
    public async Task TheLargestTransfers_AreServedWhole()
    {
        var info = await OkAsync(NfsProc3.FSINFO, new XdrBytes().Opaque(Root));
        info.PostOp();
        var (readMax, _, _, writeMax) = (info.U32(), info.U32(), info.U32(), info.U32());
        var file = await CreateAsync(Root, "f");
        var bytes = RandomBytes.Of((int)writeMax, 1);

        var written = await OkAsync(
            NfsProc3.WRITE, new XdrBytes().Opaque(file).U64(5).U32(writeMax).U32(0).Opaque(bytes));

        written.Wcc();
        Assert.That(written.U32(), Is.EqualTo(writeMax));
        Assert.That(readMax, Is.EqualTo(writeMax));
        Assert.That(await ReadAsync(file, 5, readMax), Is.EqualTo(bytes));
    }
}
