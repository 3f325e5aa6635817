using Nfs.Server.Nfs3;
using Nfs.Tests.Fixtures;
using NUnit.Framework;

namespace Nfs.Tests.Server.Nfs3;

// Clients decide by attributes whether what they have cached is still right: attributes that move for nothing empty
// caches, and attributes that stay when something changed show old files.
[TestFixture]
internal sealed class AttributeTests : WireTests
{
    private const uint AtServer = 1;
    private const uint AtClient = 2;

    private static readonly byte[] s_user = RpcWire.AuthSys(1000, 1000);
    private static readonly byte[] s_otherUser = RpcWire.AuthSys(1001, 1001);

    [Test]
    [Covers("N-82", "N-87", "N-90")]
    public async Task WhatNobodyChanges_StaysAsItIs_ToTheLastBit()
    {
        var bytes = RandomBytes.Of(300_001, 1);
        var file = await CreateAsync(Root, "f");
        var directory = await MkdirAsync(Root, "d");
        var link = await SymlinkAsync(Root, "l", "f");
        await WriteAsync(file, 0, bytes);
        Assert.That((await GetattrAsync(file)).Used, Is.AtLeast(300_001), "what archivers take for a hole they skip");
        byte[][] handles = [file, directory, link, Root];
        var before = await BitsAsync(handles);
        foreach (var (what, doAsync) in new (string, Func<Task>)[]
        {
            ("upload", Gateway.SyncAsync),
            ("eviction", Gateway.EvictAsync),
            ("restart", ReopenAsync),
            ("hydration", async () => Assert.That(await ReadAsync(file, 0, 1 << 20), Is.EqualTo(bytes))),
            ("listing", async () => Assert.That(await Server.ListAsync(Root, 1 << 16), Has.Count.EqualTo(5))),
            ("LOOKUP", () => LookupAsync(Root, "f")),
            ("ACCESS", () => OkAsync(NfsProc3.ACCESS, new XdrBytes().Opaque(file).U32(0x3F))),
            ("READLINK", () => OkAsync(NfsProc3.READLINK, new XdrBytes().Opaque(link))),
            ("COMMIT", () => OkAsync(NfsProc3.COMMIT, new XdrBytes().Opaque(file).U64(0).U32(0))),
            ("eviction again", Gateway.EvictAsync),
        })
        {
            Clock.Advance(TimeSpan.FromSeconds(1));
            await doAsync();
            Assert.That(await BitsAsync(handles), Is.EqualTo(before), what);
        }
    }

    [Test]
    [Covers("N-84", "N-93")]
    public async Task TimesOfADirectory_MoveWithItsNames_AndItsSizeNever()
    {
        var directory = await MkdirAsync(Root, "d");
        var file = await CreateAsync(Root, "f");
        var size = (await GetattrAsync(directory)).Size;
        Assert.That(size, Is.Not.Zero);
        foreach (var (procedure, args) in new (NfsProc3, XdrBytes)[]
        {
            (NfsProc3.CREATE, new XdrBytes().Opaque(directory).Text("a").U32(1).Sattr()),
            (NfsProc3.MKDIR, new XdrBytes().Opaque(directory).Text("b").Sattr()),
            (NfsProc3.SYMLINK, new XdrBytes().Opaque(directory).Text("c").Sattr().Text("t")),
            (NfsProc3.MKNOD, new XdrBytes().Opaque(directory).Text("p").U32(7).Sattr()),
            (NfsProc3.LINK, new XdrBytes().Opaque(file).Opaque(directory).Text("e")),
            (NfsProc3.RENAME, new XdrBytes().Opaque(directory).Text("e").Opaque(directory).Text("e2")),
            (NfsProc3.RENAME, new XdrBytes().Opaque(directory).Text("c").Opaque(directory).Text("e2")),
            (NfsProc3.RENAME, new XdrBytes().Opaque(directory).Text("a").Opaque(Root).Text("a")),
            (NfsProc3.RENAME, new XdrBytes().Opaque(Root).Text("a").Opaque(directory).Text("a")),
            (NfsProc3.REMOVE, new XdrBytes().Opaque(directory).Text("a")),
            (NfsProc3.RMDIR, new XdrBytes().Opaque(directory).Text("b")),
        })
        {
            var before = await GetattrAsync(directory);
            await OkAsync(procedure, args);
            var after = await GetattrAsync(directory);
            Assert.That((after.Mtime > before.Mtime, after.Ctime > before.Ctime), Is.EqualTo((true, true)),
                procedure.ToString());
            Assert.That(after.Size, Is.EqualTo(size));
        }
    }

    [Test]
    [Covers("N-92")]
    public async Task Mode_HasTwelveBits_AndOnlyDevicesHaveNumbers()
    {
        var file = await CreateAsync(Root, "f");
        await OkAsync(NfsProc3.SETATTR, new XdrBytes().Opaque(file).Sattr(0xFFFF_FFFF).U32(0));
        Assert.That(await GetattrAsync(file) is { Type: 1, Mode: 0xFFF, Device: 0 }, Is.True);

        var pipe = await MakeAsync(NfsProc3.MKNOD, new XdrBytes().Opaque(Root).Text("p").U32(7).Sattr(0x11B6));
        Assert.That(await GetattrAsync(pipe) is { Type: 7, Mode: 0x1B6, Device: 0 }, Is.True);
        var device = await MakeAsync(
            NfsProc3.MKNOD, new XdrBytes().Opaque(Root).Text("b").U32(3).Sattr(0x61B0).U32(8).U32(1));
        Assert.That(await GetattrAsync(device) is { Type: 3, Mode: 0x1B0, Device: 0x8_0000_0001 }, Is.True);
    }

    [Test]
    [Covers("N-95")]
    public async Task Getattr_NeedsNoPermission()
    {
        var directory = await MkdirAsync(Root, "d", mode: 0);
        var file = await CreateAsync(directory, "f", mode: 0);

        await OkAsync(NfsProc3.GETATTR, new XdrBytes().Opaque(file), s_user);
        Assert.That(
            await StatusAsync(NfsProc3.LOOKUP, new XdrBytes().Opaque(directory).Text("f"), s_user),
            Is.EqualTo(NfsStat3.NFS3ERR_ACCES));
    }

    [Test]
    [Covers("N-98", "N-104")]
    public async Task Times_AreSetEachByItself_ByThoseWhoMay()
    {
        var file = await CreateAsync(Root, "f", mode: 0x1B6);
        await OkAsync(NfsProc3.SETATTR, new XdrBytes().Opaque(file).U32(0).U32(1).U32(1000).Raw(new byte[16]).U32(0));
        Clock.Advance(TimeSpan.FromSeconds(7));
        var now = (ulong)Clock.GetUtcNow().ToUnixTimeSeconds() << 32;
        var made = await GetattrAsync(file);
        foreach (var (who, atime, mtime, expected, atimeAfter, mtimeAfter) in new[]
        {
            (s_user, Time(AtClient, 11), Time(0), NfsStat3.NFS3_OK, At(11), made.Mtime),
            (s_user, Time(0), Time(AtClient, 12), NfsStat3.NFS3_OK, At(11), At(12)),
            (s_user, Time(0), Time(0), NfsStat3.NFS3_OK, At(11), At(12)),

            // Who may write may say: now. A time of his choice is the owner's to set.
            (s_otherUser, Time(AtClient, 13), Time(AtServer), NfsStat3.NFS3ERR_PERM, At(11), At(12)),
            (s_otherUser, Time(0), Time(AtServer), NfsStat3.NFS3_OK, At(11), now),
        })
        {
            Assert.That(await SetTimesAsync(file, who, atime, mtime), Is.EqualTo(expected));
            var after = await GetattrAsync(file);
            Assert.That((after.Atime, after.Mtime), Is.EqualTo((atimeAfter, mtimeAfter)));
        }

        await OkAsync(NfsProc3.SETATTR, new XdrBytes().Opaque(file).Sattr(0x180).U32(0));
        Assert.That(
            await SetTimesAsync(file, s_otherUser, Time(AtServer), Time(0)), Is.EqualTo(NfsStat3.NFS3ERR_ACCES));
    }

    [Test]
    [Covers("N-103", "N-109")]
    public async Task ASymbolicLink_IsChangedItself_AndNotWhatItPointsAt()
    {
        var file = await CreateAsync(Root, "f");
        var before = await GetattrAsync(file);
        var link = await SymlinkAsync(Root, "l", "f");
        byte[] owner = new XdrBytes().Opaque(link).U32(0).U32(1).U32(7).U32(1).U32(8).Raw(new byte[12]).U32(0);

        await OkAsync(NfsProc3.SETATTR, owner);
        Assert.That(await SetTimesAsync(link, null, Time(0), Time(AtClient, 9)), Is.EqualTo(NfsStat3.NFS3_OK));

        Assert.That(await GetattrAsync(link) is { Type: 5, Uid: 7, Gid: 8, Size: 1 } a && a.Mtime == At(9), Is.True);
        Assert.That(await GetattrAsync(file), Is.EqualTo(before));
        Assert.That(
            await StatusAsync(NfsProc3.SETATTR, new XdrBytes().Opaque(link).Sattr(size: 0).U32(0)),
            Is.EqualTo(NfsStat3.NFS3ERR_INVAL));
    }

    [Test]
    [Covers("N-99")]
    public async Task GrowingAFileThatIsNotHere_FetchesNothing_AndReadsAsZeros()
    {
        var bytes = RandomBytes.Of(100_000, 1);
        var file = await CreateAsync(Root, "f", mode: 0x1B6);
        await WriteAsync(file, 0, bytes);
        await Gateway.SyncAsync();
        await Gateway.EvictAsync();

        await OkAsync(NfsProc3.SETATTR, new XdrBytes().Opaque(file).Sattr(size: 250_000).U32(0), s_otherUser);

        Assert.That((await GetattrAsync(file)).Size, Is.EqualTo(250_000));
        Assert.That(await ReadAsync(file, 110_000, 1000), Is.EqualTo(new byte[1000]));
        Assert.That(Gateway.Faults.BytesRead, Is.Zero);
        Array.Resize(ref bytes, 250_000);
        Assert.That(await ReadAsync(file, 0, 1 << 20), Is.EqualTo(bytes));
    }

    private async Task<byte[][]> BitsAsync(byte[][] handles)
    {
        var bits = new List<byte[]>();
        foreach (var handle in handles)
        {
            var reply = await OkAsync(NfsProc3.GETATTR, new XdrBytes().Opaque(handle));
            bits.Add(reply.Bytes[^reply.Left..]);
        }

        return [.. bits];
    }

    /// <summary>As <see cref="Time"/> sets it, with its 5 ns.</summary>
    private static ulong At(uint seconds) => ((ulong)seconds << 32) | 5;

    private static XdrBytes Time(uint how, uint seconds = 0) =>
        how == AtClient ? new XdrBytes().U32(how).U32(seconds).U32(5) : new XdrBytes().U32(how);

    private Task<NfsStat3> SetTimesAsync(byte[] handle, byte[]? credential, XdrBytes atime, XdrBytes mtime) =>
        StatusAsync(
            NfsProc3.SETATTR,
            new XdrBytes().Opaque(handle).Raw(new byte[16]).Raw((byte[])atime).Raw((byte[])mtime).U32(0), credential);
}
