using Nfs.Server.Exports;
using Nfs.Server.Nfs3;
using Nfs.Server.Rpc;
using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Vfs.Core;

namespace Nfs.Tests.Server.Nfs3;

/// <summary>
/// Each procedure on raw bytes: a field too many or too few shifts everything behind it, and the client reads garbage
/// as attributes or gives up with EIO.
/// </summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class ProcedureTests
{
    private const uint OK = (uint)NfsStat3.NFS3_OK;

    private readonly WireServer _server = new();
    private readonly byte[] _root;
    private readonly InodeId _fileId;
    private readonly byte[] _file;

    public ProcedureTests()
    {
        _root = _server.Root;
        _fileId = _server.Files.AddFile("file", [.. "hello"u8]);
        _file = _server.Handle(_fileId);
    }

    [Test]
    public async Task Getattr_GivesFattr3()
    {
        var reply = await _server.NfsAsync(NfsProc3.GETATTR, new XdrBytes().Opaque(_file));

        Assert.That(reply.U32(), Is.EqualTo(OK));
        var attributes = reply.Attributes();
        Assert.That(reply.Left, Is.Zero);
        Assert.That(attributes, Is.EqualTo(Wire(_fileId)));
        Assert.That((attributes.Fsid, attributes.FileId), Is.EqualTo((77ul, _fileId.Value)));
    }

    [TestCase(-1, 0ul)]
    [TestCase(5_000_000_000, 0xFFFF_FFFF_3B9A_C9FFul)]
    [Covers("EC-265", "N-88")]
    public async Task TimesOutOfRange_AreClamped(long seconds, ulong expected)
    {
        var time = new TimeChange(TimeChangeKind.SetToClientTime, new Timestamp(seconds * 1_000_000_000));
        await _server.Files.SetAttributesAsync(
            Caller.Root, _fileId, new AttributeChanges { Mtime = time }, null, CancellationToken.None);

        var reply = await _server.NfsAsync(NfsProc3.GETATTR, new XdrBytes().Opaque(_file));
        reply.U32();

        Assert.That(reply.Attributes().Mtime, Is.EqualTo(expected));
    }

    [TestCase(uint.MaxValue, uint.MaxValue)]
    [TestCase(1u, 1_000_000_000u)]
    [Covers("EC-265")]
    public async Task Setattr_NanosecondsOutOfRange_AreClamped(uint seconds, uint nanoseconds)
    {
        byte[] args = new XdrBytes().Opaque(_file)
            .U32(0).U32(0).U32(0).U32(0).U32(0).U32((uint)TimeChangeKind.SetToClientTime).U32(seconds).U32(nanoseconds)
            .U32(0);

        var reply = await _server.NfsAsync(NfsProc3.SETATTR, args);

        Assert.That(reply.U32(), Is.EqualTo(OK));
        Assert.That(Wire(_fileId).Mtime, Is.EqualTo(((ulong)seconds << 32) | 999_999_999));
    }

    [Test]
    [Covers("N-75")]
    public async Task AnObjectThatIsGone_IsStale()
    {
        _server.Files.Forget(_fileId);

        var reply = await _server.NfsAsync(NfsProc3.GETATTR, new XdrBytes().Opaque(_file));

        Assert.That((reply.U32(), reply.Left), Is.EqualTo(((uint)NfsStat3.NFS3ERR_STALE, 0)));
    }

    [Test]
    [Covers("N-76")]
    public async Task HandleOver64Bytes_IsGarbage()
    {
        await _server.FailAsync(NfsProc3.GETATTR, new XdrBytes().Opaque(new byte[65]), AcceptStat.GARBAGE_ARGS);
    }

    [Test]
    [Covers("N-10")]
    public async Task TrailingBytes_AreIgnored()
    {
        var reply = await _server.NfsAsync(NfsProc3.GETATTR, new XdrBytes().Opaque(_file).Raw(new byte[999]));

        Assert.That(reply.U32(), Is.EqualTo(OK));
    }

    [Test]
    [Covers("N-92")]
    public async Task Setattr_SetsWhatIsSaid_AndGivesWcc()
    {
        var reply = await _server.NfsAsync(NfsProc3.SETATTR, new XdrBytes().Opaque(_file).Sattr(0x81A4, 3).U32(0));

        Assert.That(reply.U32(), Is.EqualTo(OK));
        var (before, after) = reply.Wcc();
        Assert.That(reply.Left, Is.Zero);
        Assert.That((before, after!.Size, after.Mode), Is.EqualTo((5ul, 3ul, 0x1A4u)));
    }

    [Test]
    [Covers("EC-303", "N-96")]
    public async Task SetattrGuard_IsComparedWithCtime()
    {
        var ctime = Wire(_fileId).Ctime;

        var wrong = await _server.NfsAsync(
            NfsProc3.SETATTR, new XdrBytes().Opaque(_file).Sattr(size: 1).U32(1).U64(ctime + 1));
        var right = await _server.NfsAsync(
            NfsProc3.SETATTR, new XdrBytes().Opaque(_file).Sattr(size: 1).U32(1).U64(ctime));

        Assert.That(wrong.U32(), Is.EqualTo((uint)NfsStat3.NFS3ERR_NOT_SYNC));
        Assert.That(wrong.Wcc().After!.Size, Is.EqualTo(5));
        Assert.That(wrong.Left, Is.Zero, "one reply");
        Assert.That(right.U32(), Is.EqualTo(OK));
    }

    [Test]
    [Covers("N-8")]
    public async Task UnknownEnums_AreGarbage()
    {
        byte[] timeHow = new XdrBytes().Opaque(_file).U32(0).U32(0).U32(0).U32(0).U32(3).U32(0).U32(0);
        byte[] createMode = new XdrBytes().Opaque(_root).Text("x").U32(3).Sattr();
        byte[] stable = new XdrBytes().Opaque(_file).U64(0).U32(1).U32(3).Opaque([1]);

        await _server.FailAsync(NfsProc3.SETATTR, timeHow, AcceptStat.GARBAGE_ARGS);
        await _server.FailAsync(NfsProc3.CREATE, createMode, AcceptStat.GARBAGE_ARGS);
        await _server.FailAsync(NfsProc3.WRITE, stable, AcceptStat.GARBAGE_ARGS);
    }

    [Test]
    [Covers("N-73")]
    public async Task LookupGivesTheHandle_TheAttributes_AndTheDirectory()
    {
        var reply = await _server.NfsAsync(NfsProc3.LOOKUP, new XdrBytes().Opaque(_root).Text("file"));

        Assert.That(reply.U32(), Is.EqualTo(OK));
        Assert.That(reply.Opaque(), Is.EqualTo(_file));
        Assert.That(reply.PostOp(), Is.EqualTo(Wire(_fileId)));
        Assert.That(reply.PostOp(), Is.EqualTo(Wire(InodeId.Root)));
        Assert.That(reply.Left, Is.Zero);
    }

    [TestCase("", (uint)NfsStat3.NFS3ERR_INVAL)]
    [TestCase("a/b", (uint)NfsStat3.NFS3ERR_INVAL)]
    [TestCase("a\0b", (uint)NfsStat3.NFS3ERR_INVAL)]
    [TestCase("missing", (uint)NfsStat3.NFS3ERR_NOENT)]
    [Covers("EC-305", "N-105", "N-108")]
    public async Task BadNames_AreNamed_WithDirectoryAttributes(string name, uint status)
    {
        var reply = await _server.NfsAsync(NfsProc3.LOOKUP, new XdrBytes().Opaque(_root).Text(name));

        Assert.That(reply.U32(), Is.EqualTo(status));
        Assert.That(reply.PostOp(), Is.EqualTo(Wire(InodeId.Root)));
        Assert.That(reply.Left, Is.Zero);
    }

    [TestCase("a/b", (uint)NfsStat3.NFS3ERR_INVAL)]
    [TestCase("a\0b", (uint)NfsStat3.NFS3ERR_INVAL)]
    [TestCase(256, (uint)NfsStat3.NFS3ERR_NAMETOOLONG)]
    [Covers("EC-305", "N-105")]
    public async Task BadNames_GetOneAnswer_FromEveryProcedure(object bad, uint status)
    {
        var name = bad as string ?? new string('n', (int)bad);
        foreach (var (procedure, arguments) in new (NfsProc3, XdrBytes)[]
        {
            (NfsProc3.LOOKUP, new XdrBytes().Opaque(_root).Text(name)),
            (NfsProc3.CREATE, new XdrBytes().Opaque(_root).Text(name).U32(1).Sattr()),
            (NfsProc3.MKDIR, new XdrBytes().Opaque(_root).Text(name).Sattr()),
            (NfsProc3.SYMLINK, new XdrBytes().Opaque(_root).Text(name).Sattr().Text("target")),
            (NfsProc3.MKNOD, new XdrBytes().Opaque(_root).Text(name).U32(7).Sattr()),
            (NfsProc3.REMOVE, new XdrBytes().Opaque(_root).Text(name)),
            (NfsProc3.RMDIR, new XdrBytes().Opaque(_root).Text(name)),
            (NfsProc3.RENAME, new XdrBytes().Opaque(_root).Text(name).Opaque(_root).Text("new")),
            (NfsProc3.RENAME, new XdrBytes().Opaque(_root).Text("file").Opaque(_root).Text(name)),
            (NfsProc3.LINK, new XdrBytes().Opaque(_file).Opaque(_root).Text(name)),
        })
        {
            Assert.That((await _server.NfsAsync(procedure, arguments)).U32(), Is.EqualTo(status), procedure.ToString());
        }
    }

    [Test]
    [Covers("EC-305", "N-105", "N-201")]
    public async Task ANameOf256Bytes_IsTooLong_AndOf255NotFound()
    {
        var tooLong = await _server.NfsAsync(NfsProc3.LOOKUP, new XdrBytes().Opaque(_root).Text(new string('n', 256)));
        var longest = await _server.NfsAsync(NfsProc3.LOOKUP, new XdrBytes().Opaque(_root).Text(new string('n', 255)));

        Assert.That(tooLong.U32(), Is.EqualTo((uint)NfsStat3.NFS3ERR_NAMETOOLONG));
        Assert.That(longest.U32(), Is.EqualTo((uint)NfsStat3.NFS3ERR_NOENT));
    }

    [Test]
    [Covers("N-114", "N-113")]
    public async Task AReadOnlyExport_NeverGrantsChange()
    {
        var server = new WireServer(new Export { IsReadOnly = true });

        var reply = await server.NfsAsync(NfsProc3.ACCESS, new XdrBytes().Opaque(server.Root).U32(0xFFFF_FFFF));

        Assert.That(reply.U32(), Is.EqualTo(OK));
        Assert.That(reply.PostOp(), Is.Not.Null);
        Assert.That((reply.U32(), reply.Left), Is.EqualTo((0x03u, 0)));
    }

    [Test]
    [Covers("N-116")]
    public async Task Readlink_GivesTheBytes_AndInvalForOthers()
    {
        byte[] target = [1, 0xFF, (byte)'/', 0x80];
        var made = await _server.NfsAsync(
            NfsProc3.SYMLINK, new XdrBytes().Opaque(_root).Text("link").Sattr().Opaque(target));
        made.U32();
        var link = made.PostOpHandle()!;

        var reply = await _server.NfsAsync(NfsProc3.READLINK, new XdrBytes().Opaque(link));
        var wrong = await _server.NfsAsync(NfsProc3.READLINK, new XdrBytes().Opaque(_file));

        Assert.That((reply.U32(), reply.PostOp()!.Type), Is.EqualTo((OK, 5u)));
        Assert.That(reply.Opaque(), Is.EqualTo(target));
        Assert.That((wrong.U32(), wrong.PostOp()), Is.EqualTo(((uint)NfsStat3.NFS3ERR_INVAL, Wire(_fileId))));
    }

    [Test]
    [Covers("N-116")]
    public async Task ATargetOver4095Bytes_IsTooLong()
    {
        byte[] args = new XdrBytes().Opaque(_root).Text("link").Sattr().Opaque(new byte[4096]);

        var reply = await _server.NfsAsync(NfsProc3.SYMLINK, args);

        Assert.That(reply.U32(), Is.EqualTo((uint)NfsStat3.NFS3ERR_NAMETOOLONG));
        Assert.That(reply.Wcc().After, Is.EqualTo(Wire(InodeId.Root)));
        Assert.That(reply.Left, Is.Zero);
    }

    [TestCase(0ul, 3u, "hel", 0u)]
    [TestCase(0ul, 5u, "hello", 1u)]
    [TestCase(2ul, 99u, "llo", 1u)]
    [TestCase(2ul, 0u, "", 0u)]
    [TestCase(5ul, 1u, "", 1u)]
    [TestCase(ulong.MaxValue, uint.MaxValue, "", 1u)]
    [TestCase(1ul << 63, 8u, "", 1u)]
    [Covers("N-118", "N-119", "N-120")]
    public async Task Read_GivesBytesAndEof(ulong offset, uint count, string text, uint eof)
    {
        var reply = await _server.NfsAsync(NfsProc3.READ, new XdrBytes().Opaque(_file).U64(offset).U32(count));

        Assert.That((reply.U32(), reply.PostOp()), Is.EqualTo((OK, Wire(_fileId))));
        Assert.That((reply.U32(), reply.U32()), Is.EqualTo(((uint)text.Length, eof)));
        Assert.That(reply.Opaque(), Is.EqualTo(text.Select(c => (byte)c)));
        Assert.That((reply.Left, _server.Files.BytesOnLoan), Is.EqualTo((0, 0)));
    }

    [Test]
    [Covers("N-117")]
    public async Task ReadAboveRtmax_IsServedShort()
    {
        var big = _server.Handle(_server.Files.AddFile("big", new byte[3 << 20]));

        var reply = await _server.NfsAsync(NfsProc3.READ, new XdrBytes().Opaque(big).U64(0).U32(uint.MaxValue));

        reply.U32();
        reply.PostOp();
        Assert.That((reply.U32(), reply.U32()), Is.EqualTo((1u << 20, 0u)));
    }

    [Test]
    [Covers("EC-122", "N-220")]
    public async Task DataThatIsNotHere_IsJukebox()
    {
        _server.Files.NextError = VfsError.Again;

        var reply = await _server.NfsAsync(NfsProc3.READ, new XdrBytes().Opaque(_file).U64(0).U32(9));

        Assert.That((reply.U32(), reply.PostOp()), Is.EqualTo(((uint)NfsStat3.NFS3ERR_JUKEBOX, Wire(_fileId))));
    }

    [Test]
    public async Task Write_StoresTheBytes_AndSaysHowSafeTheyAre()
    {
        byte[] args = new XdrBytes().Opaque(_file).U64(4).U32(3).U32(2).Opaque("XYZ"u8);

        var reply = await _server.NfsAsync(NfsProc3.WRITE, args);
        var content = await ReadAsync(_file);

        Assert.That(reply.U32(), Is.EqualTo(OK));
        var (before, after) = reply.Wcc();
        Assert.That((before, after!.Size), Is.EqualTo((5ul, 7ul)));
        Assert.That((reply.U32(), reply.U32(), reply.U64()), Is.EqualTo((3u, 2u, _server.Files.WriteVerifier)));
        Assert.That(reply.Left, Is.Zero);
        Assert.That(content, Is.EqualTo("hellXYZ"u8.ToArray()));
    }

    [Test]
    [Covers("N-137")]
    public async Task CountAndLength_MayDifferOneWayOnly()
    {
        byte[] more = new XdrBytes().Opaque(_file).U64(0).U32(4).U32(0).Opaque("abc"u8);
        byte[] less = new XdrBytes().Opaque(_file).U64(0).U32(2).U32(0).Opaque("abc"u8);
        byte[] none = new XdrBytes().Opaque(_file).U64(0).U32(0).U32(0).Opaque([]);

        await _server.FailAsync(NfsProc3.WRITE, more, AcceptStat.GARBAGE_ARGS);
        await _server.NfsAsync(NfsProc3.WRITE, less);
        var mtime = Wire(_fileId).Mtime;
        var reply = await _server.NfsAsync(NfsProc3.WRITE, none);

        Assert.That(reply.U32(), Is.EqualTo(OK));
        Assert.That(await ReadAsync(_file), Is.EqualTo("abllo"u8.ToArray()));
        Assert.That(Wire(_fileId).Mtime, Is.EqualTo(mtime));
    }

    [Test]
    [Covers("N-136")]
    public async Task WriteAboveWtmax_IsTakenShort()
    {
        var data = new byte[(1 << 20) + 8];
        byte[] args = new XdrBytes().Opaque(_file).U64(0).U32((uint)data.Length).U32(0).Opaque(data);

        var reply = await _server.NfsAsync(NfsProc3.WRITE, args);

        reply.U32();
        reply.Wcc();
        Assert.That(reply.U32(), Is.EqualTo(1u << 20));
    }

    [TestCase(1ul << 53)]
    [TestCase(1ul << 63)]
    [TestCase(ulong.MaxValue)]
    [Covers("N-138")]
    public async Task WritePastTheLargestFile_IsFbig(ulong offset)
    {
        byte[] args = new XdrBytes().Opaque(_file).U64(offset).U32(1).U32(0).Opaque([1]);

        var reply = await _server.NfsAsync(NfsProc3.WRITE, args);

        Assert.That(reply.U32(), Is.EqualTo((uint)NfsStat3.NFS3ERR_FBIG));
        Assert.That((reply.Wcc().After, reply.Left), Is.EqualTo((Wire(_fileId), 0)));
    }

    [Test]
    [Covers("N-133")]
    public async Task Commit_GivesTheVerifierOfWrite()
    {
        var reply = await _server.NfsAsync(NfsProc3.COMMIT, new XdrBytes().Opaque(_file).U64(99).U32(0));
        var onDirectory = await _server.NfsAsync(NfsProc3.COMMIT, new XdrBytes().Opaque(_root).U64(0).U32(0));

        Assert.That((reply.U32(), reply.Wcc().After), Is.EqualTo((OK, Wire(_fileId))));
        Assert.That((reply.U64(), reply.Left), Is.EqualTo((_server.Files.WriteVerifier, 0)));
        Assert.That(onDirectory.U32(), Is.EqualTo((uint)NfsStat3.NFS3ERR_INVAL));
    }

    [TestCase(0u, OK)]
    [TestCase(1u, (uint)NfsStat3.NFS3ERR_EXIST)]
    [Covers("N-147", "N-148")]
    public async Task CreateOverAFile(uint mode, uint status)
    {
        byte[] args = new XdrBytes().Opaque(_root).Text("file").U32(mode).Sattr(size: 0);

        var reply = await _server.NfsAsync(NfsProc3.CREATE, args);

        Assert.That(reply.U32(), Is.EqualTo(status));
        if (status == OK)
        {
            Assert.That((reply.PostOpHandle(), reply.PostOp()!.Size), Is.EqualTo((_file, 0ul)));
        }

        Assert.That(reply.Wcc().After, Is.EqualTo(Wire(InodeId.Root)));
        Assert.That(reply.Left, Is.Zero);
    }

    [Test]
    [Covers("N-149", "N-150")]
    public async Task ExclusiveCreate_TakesItsOwnFileAgain()
    {
        byte[] args = new XdrBytes().Opaque(_root).Text("x").U32(2).U64(0);
        byte[] other = new XdrBytes().Opaque(_root).Text("x").U32(2).U64(1);

        var first = await _server.NfsAsync(NfsProc3.CREATE, args);
        var again = await _server.NfsAsync(NfsProc3.CREATE, args);
        var others = await _server.NfsAsync(NfsProc3.CREATE, other);

        Assert.That((first.U32(), again.U32()), Is.EqualTo((OK, OK)));
        Assert.That(again.PostOpHandle(), Is.EqualTo(first.PostOpHandle()));
        Assert.That(others.U32(), Is.EqualTo((uint)NfsStat3.NFS3ERR_EXIST));
    }

    [Test]
    [Covers("N-156")]
    public async Task Mknod_MakesPipesAndDevices_AndNothingElse()
    {
        var pipe = await _server.NfsAsync(NfsProc3.MKNOD, new XdrBytes().Opaque(_root).Text("p").U32(7).Sattr(0x1B6));
        var device = await _server.NfsAsync(
            NfsProc3.MKNOD, new XdrBytes().Opaque(_root).Text("d").U32(3).Sattr().U32(8).U32(1));

        Assert.That(pipe.U32(), Is.EqualTo(OK));
        pipe.PostOpHandle();
        Assert.That(pipe.PostOp() is { Type: 7, Mode: 0x1B6 }, Is.True);
        device.U32();
        device.PostOpHandle();
        Assert.That(device.PostOp() is { Type: 3, Device: 0x8_0000_0001 }, Is.True);
        foreach (var type in new uint[] { 0, 1, 2, 5, 8, uint.MaxValue })
        {
            var wrong = await _server.NfsAsync(NfsProc3.MKNOD, new XdrBytes().Opaque(_root).Text("w").U32(type));
            Assert.That(wrong.U32(), Is.EqualTo((uint)NfsStat3.NFS3ERR_BADTYPE));
        }
    }

    [Test]
    [Covers("N-163")]
    public async Task RemoveAndRmdir_AreNotTheSame()
    {
        await _server.NfsAsync(NfsProc3.MKDIR, new XdrBytes().Opaque(_root).Text("dir").Sattr());

        var remove = await _server.NfsAsync(NfsProc3.REMOVE, new XdrBytes().Opaque(_root).Text("dir"));
        var rmdir = await _server.NfsAsync(NfsProc3.RMDIR, new XdrBytes().Opaque(_root).Text("file"));
        var right = await _server.NfsAsync(NfsProc3.RMDIR, new XdrBytes().Opaque(_root).Text("dir"));

        Assert.That(remove.U32(), Is.EqualTo((uint)NfsStat3.NFS3ERR_ISDIR));
        Assert.That(rmdir.U32(), Is.EqualTo((uint)NfsStat3.NFS3ERR_NOTDIR));
        Assert.That(right.U32(), Is.EqualTo(OK));
        Assert.That((right.Wcc().SizeBefore.HasValue, right.Left), Is.EqualTo((true, 0)));
    }

    [Test]
    public async Task Rename_GivesBothDirectories()
    {
        byte[] args = new XdrBytes().Opaque(_root).Text("file").Opaque(_root).Text("moved");

        var reply = await _server.NfsAsync(NfsProc3.RENAME, args);
        var again = await _server.NfsAsync(NfsProc3.RENAME, args);

        Assert.That(reply.U32(), Is.EqualTo(OK));
        Assert.That((reply.Wcc().After, reply.Wcc().After), Is.EqualTo((Wire(InodeId.Root), Wire(InodeId.Root))));
        Assert.That(reply.Left, Is.Zero);
        Assert.That(again.U32(), Is.EqualTo((uint)NfsStat3.NFS3ERR_NOENT));
    }

    [Test]
    [Covers("N-158")]
    public async Task Link_TakesFileDirectoryName()
    {
        var reply = await _server.NfsAsync(
            NfsProc3.LINK, new XdrBytes().Opaque(_file).Opaque(_root).Text("second"));
        var directory = await _server.NfsAsync(
            NfsProc3.LINK, new XdrBytes().Opaque(_root).Opaque(_root).Text("third"));

        Assert.That((reply.U32(), reply.PostOp()!.LinkCount), Is.EqualTo((OK, 2u)));
        Assert.That((reply.Wcc().After, reply.Left), Is.EqualTo((Wire(InodeId.Root), 0)));
        Assert.That(directory.U32(), Is.EqualTo((uint)NfsStat3.NFS3ERR_ISDIR));
    }

    [Test]
    [Covers("EC-267", "N-194", "N-196", "N-197", "N-89")]
    public async Task Fsinfo_AnnouncesWhatIsServed()
    {
        var reply = await _server.NfsAsync(NfsProc3.FSINFO, new XdrBytes().Opaque(_root));

        Assert.That((reply.U32(), reply.PostOp()), Is.EqualTo((OK, Wire(InodeId.Root))));
        const uint MiB = 1 << 20;
        Assert.That(
            new[] { reply.U32(), reply.U32(), reply.U32(), reply.U32(), reply.U32(), reply.U32() },
            Is.EqualTo(new[] { MiB, MiB, 4096u, MiB, MiB, 4096u }));
        Assert.That(reply.U32(), Is.InRange(64u << 10, MiB));
        Assert.That(reply.U64(), Is.EqualTo(1ul << 53));
        Assert.That((reply.U32(), reply.U32(), reply.U32(), reply.Left), Is.EqualTo((0u, 1u, 0x1Bu, 0)));
    }

    [Test]
    [Covers("EC-267", "N-198", "N-199", "N-200")]
    public async Task Fsstat_TotalsAreOrdered()
    {
        var reply = await _server.NfsAsync(NfsProc3.FSSTAT, new XdrBytes().Opaque(_file));

        Assert.That((reply.U32(), reply.PostOp()), Is.EqualTo((OK, Wire(_fileId))));
        Assert.That(
            new[] { reply.U64(), reply.U64(), reply.U64(), reply.U64(), reply.U64(), reply.U64() },
            Is.EqualTo(new[] { 1ul << 40, 1ul << 39, 1ul << 38, 1ul << 20, 1ul << 19, 1ul << 18 }));
        Assert.That((reply.U32(), reply.Left), Is.EqualTo((0u, 0)));
    }

    [Test]
    [Covers("N-201")]
    public async Task Pathconf_TellsTheLimits()
    {
        var reply = await _server.NfsAsync(NfsProc3.PATHCONF, new XdrBytes().Opaque(_root));

        Assert.That((reply.U32(), reply.PostOp()), Is.EqualTo((OK, Wire(InodeId.Root))));
        Assert.That(
            new[] { reply.U32(), reply.U32(), reply.U32(), reply.U32(), reply.U32(), reply.U32() },
            Is.EqualTo(new[] { 65_000u, 255u, 1u, 1u, 0u, 1u }));
        Assert.That(reply.Left, Is.Zero);
    }

    private WireAttributes Wire(InodeId id)
    {
        var a = _server.Files.GetAttributes(id).Value;
        return new WireAttributes(
            (uint)a.Type, a.Mode, a.LinkCount, a.Uid, a.Gid, a.Size, a.Used, 0, 77, id.Value, Time(a.Atime),
            Time(a.Mtime), Time(a.Ctime));
    }

    private static ulong Time(Timestamp time) => ((ulong)time.Seconds << 32) | time.SubSecond;

    private async Task<byte[]> ReadAsync(byte[] handle)
    {
        var reply = await _server.NfsAsync(NfsProc3.READ, new XdrBytes().Opaque(handle).U64(0).U32(1 << 20));
        reply.U32();
        reply.PostOp();
        reply.U64();
        return reply.Opaque();
    }
}
