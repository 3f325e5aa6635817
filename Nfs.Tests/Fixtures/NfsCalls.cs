using System.Text;
using NUnit.Framework;
using Nfs.Server.Nfs3;
using Vfs.Core;

namespace Nfs.Tests.Fixtures;

/// <summary>An object of a mount: its handle and the attributes that came with it.</summary>
internal sealed record NfsObject(byte[] Handle, WireAttributes Attributes);

/// <summary>What a WRITE was answered with.</summary>
internal readonly record struct NfsWritten(int Count, Stability Committed, ulong Verifier);

/// <summary>NFSv3 calls on a mount. Unless a method gives a status, anything but NFS3_OK fails the test.</summary>
internal static class NfsCalls
{
    private const uint PageBytes = 16 << 10;

    public static async Task<(NfsStat3 Status, WireAttributes? Attributes)> GetattrAsync(
        this NfsMount mount, byte[] file)
    {
        var (status, results) = await mount.CallAsync(NfsProc3.GETATTR, new XdrBytes().Opaque(file));
        return (status, status == NfsStat3.NFS3_OK ? results.Attributes() : null);
    }

    /// <summary>Sets the mode, or the size, or both.</summary>
    public static async Task SetattrAsync(this NfsMount mount, byte[] file, uint? mode = null, ulong? size = null) =>
        Expect(
            await mount.CallAsync(NfsProc3.SETATTR, new XdrBytes().Opaque(file).Sattr(mode, size).U32(0)), "SETATTR");

    public static async Task<NfsObject> CreateAsync(this NfsMount mount, byte[] directory, string name, CreateMode mode)
    {
        var arguments = new XdrBytes().Opaque(directory).Text(name).U32((uint)mode);
        _ = mode == CreateMode.Exclusive ? arguments.U64(0x1234_5678_9ABC_DEF0) : arguments.Sattr(0x1A4);
        return Made(Expect(await mount.CallAsync(NfsProc3.CREATE, arguments), $"CREATE {mode} {name}"));
    }

    public static async Task<NfsObject> MkdirAsync(this NfsMount mount, byte[] directory, string name)
    {
        var arguments = new XdrBytes().Opaque(directory).Text(name).Sattr(0x1C0);
        return Made(Expect(await mount.CallAsync(NfsProc3.MKDIR, arguments), $"MKDIR {name}"));
    }

    public static async Task<NfsStat3> RemoveAsync(this NfsMount mount, byte[] directory, string name) =>
        (await mount.CallAsync(NfsProc3.REMOVE, new XdrBytes().Opaque(directory).Text(name))).Status;

    public static async Task<NfsStat3> RmdirAsync(this NfsMount mount, byte[] directory, string name) =>
        (await mount.CallAsync(NfsProc3.RMDIR, new XdrBytes().Opaque(directory).Text(name))).Status;

    public static async Task RenameAsync(this NfsMount mount, byte[] from, string fromName, byte[] to, string toName) =>
        Expect(
            await mount.CallAsync(
                NfsProc3.RENAME, new XdrBytes().Opaque(from).Text(fromName).Opaque(to).Text(toName)),
            $"RENAME {fromName} to {toName}");

    public static async Task LinkAsync(this NfsMount mount, byte[] file, byte[] directory, string name) =>
        Expect(
            await mount.CallAsync(NfsProc3.LINK, new XdrBytes().Opaque(file).Opaque(directory).Text(name)),
            $"LINK {name}");

    public static async Task<NfsWritten> WriteAsync(
        this NfsMount mount, byte[] file, int offset, ReadOnlyMemory<byte> bytes, Stability stability)
    {
        var arguments = new XdrBytes()
            .Opaque(file).U64((ulong)offset).U32((uint)bytes.Length).U32((uint)stability).Opaque(bytes.Span);
        var results = Expect(await mount.CallAsync(NfsProc3.WRITE, arguments), "WRITE");
        results.Wcc();
        return new NfsWritten((int)results.U32(), (Stability)results.U32(), results.U64());
    }

    /// <summary>Commits a whole file; gives the write verifier.</summary>
    public static async Task<ulong> CommitAsync(this NfsMount mount, byte[] file)
    {
        var results = Expect(
            await mount.CallAsync(NfsProc3.COMMIT, new XdrBytes().Opaque(file).U64(0).U32(0)), "COMMIT");
        results.Wcc();
        return results.U64();
    }

    /// <summary>Reads up to 1 MiB; less at the end of the file only.</summary>
    public static async Task<byte[]> ReadAsync(this NfsMount mount, byte[] file, int offset, int count)
    {
        var results = Expect(
            await mount.CallAsync(NfsProc3.READ, new XdrBytes().Opaque(file).U64((ulong)offset).U32((uint)count)),
            "READ");
        results.PostOp();
        var length = results.U32();
        var isEnd = results.U32() == 1;
        var bytes = results.Opaque();
        Assert.That(bytes, Has.Length.EqualTo((int)length));
        Assert.That(isEnd || bytes.Length == count, Is.True, $"READ {offset}+{count} gave {bytes.Length} and no eof");
        return bytes;
    }

    /// <summary>All entries of a directory but "." and "..", page by page; each name once.</summary>
    public static async Task<Dictionary<string, NfsObject>> ListAsync(this NfsMount mount, byte[] directory)
    {
        var found = new Dictionary<string, NfsObject>(StringComparer.Ordinal);
        var (cookie, verifier, isEnd) = (0UL, 0UL, false);
        while (!isEnd)
        {
            var arguments = new XdrBytes().Opaque(directory).U64(cookie).U64(verifier).U32(PageBytes).U32(PageBytes);
            var results = Expect(await mount.CallAsync(NfsProc3.READDIRPLUS, arguments), "READDIRPLUS");
            results.PostOp();
            verifier = results.U64();
            while (results.U32() == 1)
            {
                results.U64();
                var name = Encoding.UTF8.GetString(results.Opaque());
                cookie = results.U64();
                var attributes = results.PostOp();
                var handle = results.PostOpHandle();
                if (name is not ("." or ".."))
                {
                    found.Add(name, new NfsObject(handle!, attributes!));
                }
            }

            isEnd = results.U32() == 1;
        }

        return found;
    }

    private static NfsObject Made(WireReply results) => new(results.PostOpHandle()!, results.PostOp()!);

    private static WireReply Expect((NfsStat3 Status, WireReply Results) reply, string what)
    {
        Assert.That(reply.Status, Is.EqualTo(NfsStat3.NFS3_OK), what);
        return reply.Results;
    }
}
