using Nfs.Server.Exports;
using Nfs.Server.Mount3;
using Nfs.Server.Nfs3;
using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Vfs.Core;

namespace Nfs.Tests.Server.Exports;

/// <summary>A sub-tree that can be left upwards gives away the rest of the store.</summary>
internal sealed class SubtreeTests
{
    private TestGateway _gateway = null!;
    private WireServer _server = null!;
    private InodeId _top;
    private InodeId _inner;

    [SetUp]
    public async Task SetUpAsync()
    {
        _gateway = await TestGateway.StartAsync();
        _top = await MakeDirectoryAsync("top", InodeId.Root);
        _inner = await MakeDirectoryAsync("inner", _top);
        await _gateway.MakeFileAsync("secret", [1]);
        _server = new WireServer(
            new ExportedTree(Rules(2, "/top"), new Subtree(_gateway.Files, _top), _top),
            new ExportedTree(Rules(3, "/all"), _gateway.Files));
    }

    [TearDown]
    public async Task TearDownAsync() => await _gateway.DisposeAsync();

    [Test]
    [Covers("N-57")]
    public async Task TheParentOfTheRootIsTheRoot()
    {
        Assert.That(await ParentAsync(2, _top), Is.EqualTo(_top));
        Assert.That(await ListedParentAsync(2, _top), Is.EqualTo(_top));

        Assert.That(await ParentAsync(2, _inner), Is.EqualTo(_top));
        Assert.That(await ListedParentAsync(2, _inner), Is.EqualTo(_top));

        Assert.That(await ParentAsync(3, _top), Is.EqualTo(InodeId.Root), "an export of everything has no such end");
    }

    [Test]
    [Covers("N-57")]
    public async Task ADirectoryThatIsMovedOut_LeadsNowhere()
    {
        await _gateway.Files.RenameAsync(
            Caller.Root, _top, FileName.From("inner"), InodeId.Root, FileName.From("outside"), default);

        Assert.That(await ParentAsync(2, _inner), Is.EqualTo(_inner));
        Assert.That(await ListedParentAsync(2, _inner), Is.EqualTo(_inner));
    }

    [TestCase("/top", 0u)]
    [TestCase("/top/inner", 0u)]
    [TestCase("/top/../secret", 2u)]
    [TestCase("/top/secret", 2u)]
    [Covers("N-55", "N-57")]
    public async Task AMountStaysInTheSubtree(string path, uint status)
    {
        var reply = await _server.MountAsync(MountProc3.MNT, new XdrBytes().Text(path));

        Assert.That(reply.U32(), Is.EqualTo(status));
    }

    private static Export Rules(uint id, string path) => new()
    {
        Id = id, Fsid = id, Path = path, Squash = Squash.None, Networks = WireServer.Everywhere,
    };

    private async Task<InodeId> MakeDirectoryAsync(string name, InodeId directory)
    {
        var made = await _gateway.Files.MakeDirectoryAsync(
            Caller.Root, directory, FileName.From(name), new AttributeChanges { Mode = 0x1ED }, default);
        return made.Object!.Value.Id;
    }

    private async Task<InodeId> ParentAsync(uint export, InodeId directory)
    {
        var reply = await _server.NfsAsync(
            NfsProc3.LOOKUP, new XdrBytes().Opaque(_server.Handle(directory, export)).Text(".."));
        Assert.That(reply.U32(), Is.Zero);
        return Decoded(reply.Opaque(), export);
    }

    private async Task<InodeId> ListedParentAsync(uint export, InodeId directory)
    {
        var reply = await _server.NfsAsync(
            NfsProc3.READDIRPLUS,
            new XdrBytes().Opaque(_server.Handle(directory, export)).U64(0).U64(0).U32(4096).U32(4096));
        Assert.That(reply.U32(), Is.Zero);
        reply.PostOp();
        reply.U64();
        while (reply.U32() == 1)
        {
            var fileId = reply.U64();
            var name = reply.Opaque();
            reply.U64();
            var attributes = reply.PostOp();
            var handle = reply.PostOpHandle();
            if (name.AsSpan().SequenceEqual(".."u8))
            {
                var id = Decoded(handle!, export);
                Assert.That((fileId, attributes!.FileId), Is.EqualTo((id.Value, id.Value)));
                return id;
            }
        }

        throw new AssertionException("'..' is not listed");
    }

    private InodeId Decoded(byte[] handle, uint export)
    {
        Assert.That(_server.Handles.TryDecode(handle, out var exportId, out var id), Is.EqualTo(NfsStat3.NFS3_OK));
        Assert.That(exportId, Is.EqualTo(export));
        return id;
    }
}
