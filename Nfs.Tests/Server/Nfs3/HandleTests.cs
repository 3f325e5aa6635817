using Nfs.Server.Mount3;
using Nfs.Server.Nfs3;
using Nfs.Tests.Fixtures;
using NUnit.Framework;

namespace Nfs.Tests.Server.Nfs3;

// To a client a handle is the file. Two for one file are two caches that contradict each other; one that changes, or
// ends too early, is a program whose open file is gone.
[TestFixture]
internal sealed class HandleTests : WireTests
{
    [Test]
    [Covers("N-73", "N-78", "N-160", "N-187", "N-190")]
    public async Task AnObject_HasOneHandle_WhereverItIsSeen()
    {
        var directory = await MkdirAsync(Root, "d");
        var file = await CreateAsync(directory, "f");
        await OkAsync(NfsProc3.LINK, new XdrBytes().Opaque(file).Opaque(Root).Text("second"));

        var mounted = await Server.MountAsync(MountProc3.MNT, new XdrBytes().Text("/"));
        var mountedBelow = await Server.MountAsync(MountProc3.MNT, new XdrBytes().Text("/d"));

        Assert.That((mounted.U32(), mounted.Opaque()), Is.EqualTo((0u, Root)));
        Assert.That((mountedBelow.U32(), mountedBelow.Opaque()), Is.EqualTo((0u, directory)));
        var attributes = await GetattrAsync(file);
        Assert.That(await LookupAsync(directory, "f"), Is.EqualTo((file, attributes)));
        Assert.That(await LookupAsync(Root, "second"), Is.EqualTo((file, attributes)));
        Assert.That((await LookupAsync(directory, ".")).Handle, Is.EqualTo(directory));
        Assert.That((await LookupAsync(directory, "..")).Handle, Is.EqualTo(Root));
        var entries = (await Server.ReaddirAsync(isPlus: true, directory, 0, 1 << 16)).Entries;
        Assert.That(entries.Select(e => e.Handle), Is.EqualTo(new[] { directory, Root, file }));
        Assert.That(entries[2].Attributes, Is.EqualTo(attributes));
        foreach (var entry in entries)
        {
            Assert.That(entry.FileId, Is.EqualTo(entry.Attributes!.FileId).And.GreaterThan(0));
        }
    }

    [Test]
    [Covers("N-74", "N-78", "N-141", "N-172")]
    public async Task AHandle_NamesItsObject_WhateverHappensToNamesCacheAndServer()
    {
        var bytes = RandomBytes.Of(200_000, 1);
        var directory = await MkdirAsync(Root, "d");
        var file = await CreateAsync(directory, "f");
        await WriteAsync(file, 0, bytes);
        var fileId = (await GetattrAsync(file)).FileId;
        foreach (var (what, doAsync) in new (string, Func<Task>)[]
        {
            ("restart", ReopenAsync),
            ("rename", () => RenameAsync(directory, "f", directory, "g")),
            ("rename to another directory", () => RenameAsync(directory, "g", Root, "h")),
            ("rename over another", async () =>
            {
                await CreateAsync(directory, "f");
                await RenameAsync(Root, "h", directory, "f");
            }),
            ("rename of the directory", () => RenameAsync(Root, "d", Root, "e")),
            ("upload", Gateway.SyncAsync),
            ("eviction", Gateway.EvictAsync),
            ("restart without the bytes", async () =>
            {
                await Gateway.SyncAsync();
                await Gateway.EvictAsync();
                await ReopenAsync();
            }),
        })
        {
            await doAsync();

            // A write is the first that this server hears of the file.
            bytes[100_000]++;
            await WriteAsync(file, 100_000, [bytes[100_000]]);
            Assert.That(await ReadAsync(file, 0, 1 << 20), Is.EqualTo(bytes), what);
            Assert.That((await GetattrAsync(file)).FileId, Is.EqualTo(fileId), what);
        }

        Assert.That((await LookupAsync(directory, "f")).Handle, Is.EqualTo(file));
    }

    [Test]
    [Covers("N-75", "N-166")]
    public async Task AnObjectThatIsGone_IsStaleEverywhere_AndOneMadeInItsPlaceIsAnother([Values] bool afterARestart)
    {
        var file = await CreateAsync(Root, "f");
        var directory = await MkdirAsync(Root, "d");
        var fileId = (await GetattrAsync(file)).FileId;
        await WriteAsync(file, 0, [1, 2, 3]);
        await OkAsync(NfsProc3.REMOVE, new XdrBytes().Opaque(Root).Text("f"));
        await OkAsync(NfsProc3.RMDIR, new XdrBytes().Opaque(Root).Text("d"));
        if (afterARestart)
        {
            await ReopenAsync();
        }

        var made = await CreateAsync(Root, "f");

        Assert.That(made, Is.Not.EqualTo(file));
        Assert.That((await GetattrAsync(made)).FileId, Is.Not.EqualTo(fileId));
        foreach (var (procedure, args) in new (NfsProc3, XdrBytes)[]
        {
            (NfsProc3.GETATTR, new XdrBytes().Opaque(file)),
            (NfsProc3.SETATTR, new XdrBytes().Opaque(file).Sattr(0x180).U32(0)),
            (NfsProc3.SETATTR, new XdrBytes().Opaque(file).Sattr(size: 1).U32(0)),
            (NfsProc3.ACCESS, new XdrBytes().Opaque(file).U32(1)),
            (NfsProc3.READ, new XdrBytes().Opaque(file).U64(0).U32(1)),
            (NfsProc3.WRITE, new XdrBytes().Opaque(file).U64(0).U32(1).U32(0).Opaque([1])),
            (NfsProc3.COMMIT, new XdrBytes().Opaque(file).U64(0).U32(0)),
            (NfsProc3.LINK, new XdrBytes().Opaque(file).Opaque(Root).Text("l")),
            (NfsProc3.READLINK, new XdrBytes().Opaque(file)),
            (NfsProc3.FSSTAT, new XdrBytes().Opaque(file)),
            (NfsProc3.FSINFO, new XdrBytes().Opaque(file)),
            (NfsProc3.PATHCONF, new XdrBytes().Opaque(file)),
            (NfsProc3.LOOKUP, new XdrBytes().Opaque(directory).Text("x")),
            (NfsProc3.CREATE, new XdrBytes().Opaque(directory).Text("x").U32(0).Sattr()),
            (NfsProc3.MKDIR, new XdrBytes().Opaque(directory).Text("x").Sattr()),
            (NfsProc3.SYMLINK, new XdrBytes().Opaque(directory).Text("x").Sattr().Text("t")),
            (NfsProc3.MKNOD, new XdrBytes().Opaque(directory).Text("x").U32(7).Sattr()),
            (NfsProc3.REMOVE, new XdrBytes().Opaque(directory).Text("x")),
            (NfsProc3.RMDIR, new XdrBytes().Opaque(directory).Text("x")),
            (NfsProc3.RENAME, new XdrBytes().Opaque(directory).Text("x").Opaque(Root).Text("y")),
            (NfsProc3.RENAME, new XdrBytes().Opaque(Root).Text("f").Opaque(directory).Text("y")),
            (NfsProc3.READDIR, new XdrBytes().Opaque(directory).U64(0).U64(0).U32(4096)),
            (NfsProc3.READDIRPLUS, new XdrBytes().Opaque(directory).U64(0).U64(0).U32(512).U32(4096)),
        })
        {
            Assert.That(await StatusAsync(procedure, args), Is.EqualTo(NfsStat3.NFS3ERR_STALE), procedure.ToString());
        }
    }

    private Task RenameAsync(byte[] from, string fromName, byte[] to, string toName) =>
        OkAsync(NfsProc3.RENAME, new XdrBytes().Opaque(from).Text(fromName).Opaque(to).Text(toName));
}
