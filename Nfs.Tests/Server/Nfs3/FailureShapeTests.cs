using Nfs.Server.Exports;
using Nfs.Server.Nfs3;
using Nfs.Server.Rpc;
using Nfs.Tests.Fixtures;
using NUnit.Framework;

namespace Nfs.Tests.Server.Nfs3;

/// <summary>
/// Every procedure's failure has its own shape. A client that gets the wrong one drops the connection or reads old
/// bytes as attributes.
/// </summary>
internal sealed class FailureShapeTests
{
    private static readonly NfsProc3[] s_all = [.. Enum.GetValues<NfsProc3>().Where(p => p != NfsProc3.NULL)];

    private static readonly NfsProc3[] s_changing =
    [
        NfsProc3.SETATTR, NfsProc3.WRITE, NfsProc3.CREATE, NfsProc3.MKDIR, NfsProc3.SYMLINK, NfsProc3.MKNOD,
        NfsProc3.REMOVE, NfsProc3.RMDIR, NfsProc3.RENAME, NfsProc3.LINK, NfsProc3.COMMIT,
    ];

    [TestCaseSource(nameof(s_all))]
    [Covers("N-71", "N-86", "N-201")]
    public async Task ABadHandle_GivesAStatusAndNoAttributes(object procedure)
    {
        var server = new WireServer();
        var proc = (NfsProc3)procedure;

        var reply = await server.NfsAsync(proc, Args(proc, new byte[32], "name"));

        Assert.That(reply.U32(), Is.EqualTo((uint)NfsStat3.NFS3ERR_BADHANDLE));
        Assert.That(reply.Left, Is.EqualTo(4 * EmptyWords(proc)));
        Assert.That(reply.Bytes[^reply.Left..], Is.All.Zero);
    }

    [TestCaseSource(nameof(s_changing))]
    [Covers("N-134", "N-208", "N-86", "N-139")]
    public async Task AReadOnlyExport_RefusesBeforeItLooksAtNames(object procedure)
    {
        var server = new WireServer(new Export { IsReadOnly = true });
        var proc = (NfsProc3)procedure;

        var reply = await server.NfsAsync(proc, Args(proc, server.Root, "bad/name"));

        Assert.That(reply.U32(), Is.EqualTo((uint)NfsStat3.NFS3ERR_ROFS));
        Assert.That(server.Files.Mutations, Is.Zero);
        if (proc == NfsProc3.LINK)
        {
            Assert.That(reply.PostOp(), Is.Not.Null);
        }

        Assert.That(reply.Wcc().After, Is.Not.Null, "the object exists, so its attributes are given");
    }

    [TestCaseSource(nameof(s_all))]
    [Covers("N-2", "N-35")]
    public async Task EveryTruncationOfTheArguments_IsGarbage(object procedure)
    {
        var server = new WireServer();
        var proc = (NfsProc3)procedure;
        var args = Args(proc, server.Root, "name");
        for (var length = 0; length < args.Length; length++)
        {
            await server.FailAsync(proc, args[..length], AcceptStat.GARBAGE_ARGS);
        }

        Assert.That(server.Files.Mutations, Is.Zero);
    }

    [TestCaseSource(nameof(s_all))]
    [Covers("N-1", "N-3")]
    public async Task BoundlessLengths_AreGarbage_AndReserveNothing(object procedure)
    {
        var server = new WireServer();
        var proc = (NfsProc3)procedure;
        byte[] endless = new XdrBytes().U32(0xFFFF_FFFF).Raw(new byte[200]);
        byte[] wrapping = new XdrBytes().Opaque(server.Root).U32(0xFFFF_FFFD);
        await server.FailAsync(proc, endless, AcceptStat.GARBAGE_ARGS);
        var before = GC.GetAllocatedBytesForCurrentThread();

        await server.FailAsync(proc, endless, AcceptStat.GARBAGE_ARGS);
        if (proc is NfsProc3.LOOKUP or NfsProc3.REMOVE or NfsProc3.CREATE)
        {
            await server.FailAsync(proc, wrapping, AcceptStat.GARBAGE_ARGS);
        }

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(1 << 20));
    }

    /// <summary>Words after the status when nothing is known: one for each "attributes follow" that is false.</summary>
    private static int EmptyWords(NfsProc3 procedure) => procedure switch
    {
        NfsProc3.GETATTR => 0,
        NfsProc3.RENAME => 4,
        NfsProc3.LINK => 3,
        _ => s_changing.Contains(procedure) ? 2 : 1,
    };

    private static byte[] Args(NfsProc3 procedure, byte[] handle, string name)
    {
        var args = new XdrBytes().Opaque(handle);
        return procedure switch
        {
            NfsProc3.SETATTR => args.Sattr(0x180).U32(0),
            NfsProc3.LOOKUP or NfsProc3.REMOVE or NfsProc3.RMDIR => args.Text(name),
            NfsProc3.ACCESS => args.U32(0x3F),
            NfsProc3.READ or NfsProc3.COMMIT => args.U64(0).U32(10),
            NfsProc3.WRITE => args.U64(0).U32(3).U32(0).Opaque("abc"u8),
            NfsProc3.CREATE => args.Text(name).U32(0).Sattr(),
            NfsProc3.MKDIR => args.Text(name).Sattr(),
            NfsProc3.SYMLINK => args.Text(name).Sattr().Text("target"),
            NfsProc3.MKNOD => args.Text(name).U32(3).Sattr().U32(1).U32(2),
            NfsProc3.RENAME => args.Text(name).Opaque(handle).Text("other"),
            NfsProc3.LINK => args.Opaque(handle).Text(name),
            NfsProc3.READDIR => args.U64(0).U64(0).U32(4096),
            NfsProc3.READDIRPLUS => args.U64(0).U64(0).U32(512).U32(4096),
            _ => args,
        };
    }
}
