using Nfs.Server.Nfs3;
using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Vfs.Core;

namespace Nfs.Tests.Server.Nfs3;

// The calls of a Mac that copies a file, in their order and sizes: no Mac is needed to see what it would meet.
[TestFixture]
internal sealed class MacClientTests : WireTests
{
    private const int PieceBytes = 32 << 10;
    private const uint EveryRight = 0x3F;
    private const uint ReadModifyExtend = 0x0D;
    private const ulong TakenAt = (1_000_000_000UL << 32) | 7;

    private static readonly byte[] s_user = RpcWire.AuthSys(501, 20);

    [Test]
    [Covers("N-104")]
    public async Task ACopiedFile_HasItsBytesAndTimes_AlsoAfterARestart()
    {
        var bytes = RandomBytes.Of((9 * PieceBytes) + 12_345, 1);
        await CopyAsync("IMG_1.heic", bytes);
        await CopyAsync("._IMG_1.heic", bytes[..4096]);

        await AssertThereAsync();
        await ReopenAsync();
        await AssertThereAsync();

        async Task AssertThereAsync()
        {
            var listed = await Server.ListAsync(Root, 4096, isPlus: false);
            Assert.That(listed.Select(e => e.Name), Is.EqualTo(new[] { ".", "..", "IMG_1.heic", "._IMG_1.heic" }));
            foreach (var (name, length) in new[] { ("IMG_1.heic", bytes.Length), ("._IMG_1.heic", 4096) })
            {
                var (file, attributes) = await LookupAsync(Root, name);
                Assert.That(
                    (attributes!.Size, attributes.Mode, attributes.Uid, attributes.Atime, attributes.Mtime),
                    Is.EqualTo(((ulong)length, 0x1A4u, 501u, TakenAt, TakenAt)));
                Assert.That(await ReadInPiecesAsync(file, length), Is.EqualTo(bytes[..length]));
            }
        }
    }

    [Test]
    [Covers("N-167")]
    public async Task WhatMacsLeaveAround_IsThereForThem_AndNotInTheStore()
    {
        await ReopenAsync(TestGateway.Quiet with { LocalNames = LocalNames.Of([".DS_Store", "._*"])! });
        var bytes = RandomBytes.Of(PieceBytes + 99, 2);
        foreach (var name in new[] { "IMG_1.heic", "._IMG_1.heic", ".DS_Store" })
        {
            await CopyAsync(name, bytes);
        }

        // Programs write to a file of another name and put it in the place of the old one.
        await OkAsync(
            NfsProc3.RENAME, new XdrBytes().Opaque(Root).Text("._IMG_1.heic").Opaque(Root).Text("._IMG_2.heic"), s_user);
        await OkAsync(
            NfsProc3.RENAME, new XdrBytes().Opaque(Root).Text("IMG_1.heic").Opaque(Root).Text("IMG_2.heic"), s_user);
        await Gateway.SyncAsync();

        Assert.That(await Gateway.StoredPathsAsync(), Is.EqualTo(new[] { "IMG_2.heic" }));
        await ReopenAsync();
        foreach (var name in new[] { "IMG_2.heic", "._IMG_2.heic", ".DS_Store" })
        {
            Assert.That(await ReadInPiecesAsync((await LookupAsync(Root, name)).Handle, bytes.Length), Is.EqualTo(bytes));
        }
    }

    private async Task CopyAsync(string name, byte[] bytes)
    {
        Assert.That(
            await StatusAsync(NfsProc3.LOOKUP, new XdrBytes().Opaque(Root).Text(name), s_user),
            Is.EqualTo(NfsStat3.NFS3ERR_NOENT));
        var made = await OkAsync(
            NfsProc3.CREATE, new XdrBytes().Opaque(Root).Text(name).U32((uint)CreateMode.Exclusive).U64(7), s_user);
        var file = made.PostOpHandle()!;
        await OkAsync(NfsProc3.SETATTR, new XdrBytes().Opaque(file).Sattr(0x1A4).U32(0), s_user);
        var access = await OkAsync(NfsProc3.ACCESS, new XdrBytes().Opaque(file).U32(EveryRight), s_user);
        access.PostOp();
        Assert.That(access.U32(), Is.EqualTo(ReadModifyExtend));

        await WriteInPiecesAsync(file, bytes);

        // The times of the original, while what was written is not in the store yet; then a call that names nothing.
        var times = new XdrBytes().Opaque(file).Raw(new byte[16]).U32(2).U64(TakenAt).U32(2).U64(TakenAt).U32(0);
        await OkAsync(NfsProc3.SETATTR, times, s_user);
        await OkAsync(NfsProc3.SETATTR, new XdrBytes().Opaque(file).Sattr().U32(0), s_user);
    }

    private async Task WriteInPiecesAsync(byte[] file, byte[] bytes)
    {
        var verifiers = new HashSet<ulong>();
        for (var offset = 0; offset < bytes.Length; offset += PieceBytes)
        {
            var piece = bytes[offset..Math.Min(offset + PieceBytes, bytes.Length)];
            var args = new XdrBytes().Opaque(file).U64((ulong)offset).U32((uint)piece.Length)
                .U32((uint)Stability.Unstable).Opaque(piece);
            var written = await OkAsync(NfsProc3.WRITE, args, s_user);
            written.Wcc();
            Assert.That(written.U32(), Is.EqualTo((uint)piece.Length));
            written.U32();
            verifiers.Add(written.U64());
        }

        var committed = await OkAsync(NfsProc3.COMMIT, new XdrBytes().Opaque(file).U64(0).U32(0), s_user);
        committed.Wcc();
        verifiers.Add(committed.U64());
        Assert.That(verifiers, Has.Count.EqualTo(1), "nothing has to be written again");
    }

    private async Task<byte[]> ReadInPiecesAsync(byte[] file, int length)
    {
        var bytes = new List<byte>();
        while (bytes.Count < length)
        {
            var piece = await ReadAsync(file, (ulong)bytes.Count, PieceBytes);
            Assert.That(piece, Has.Length.EqualTo(Math.Min(PieceBytes, length - bytes.Count)));
            bytes.AddRange(piece);
        }

        return [.. bytes];
    }
}
