using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Vfs.Core;

namespace Nfs.Tests.Vfs.Content;

// The disk fills up: users must be told so at the write, keep what they have, and be able to remove files.
[TestFixture]
internal sealed class FullDiskTests
{
    private const int Mebibyte = 1 << 20;

    private SmallDisk _disk = null!;
    private TestGateway _gateway = null!;

    [SetUp]
    public async Task SetUp()
    {
        // 64 MiB are the database's.
        _disk = new SmallDisk(96);
        Directory.CreateDirectory(Path.Combine(_disk.Path, "test"));
        _gateway = await TestGateway.StartAsync(
            new InMemoryStore(), null, null, new TemporaryDirectory(Path.Combine(_disk.Path, "test")));
    }

    [TearDown]
    public async Task TearDown()
    {
        if (_gateway is not null)
        {
            await _gateway.DisposeAsync();
        }

        _disk?.Dispose();
    }

    [Test]
    [Covers("EC-163", "N-139")]
    public async Task FullDisk_IsNoSpc_AndChangesNothing([Values] bool overZeros)
    {
        var other = await _gateway.MakeFileAsync("other", [1, 2, 3]);
        var file = await _gateway.MakeFileAsync("f");
        if (overZeros)
        {
            await _gateway.ResizeAsync(file, 200 * Mebibyte);
        }

        var written = await FillAsync(file);

        Assert.That(written, Is.InRange(20, 34), "what the disk holds less its reserve");
        for (var i = 0; i < written; i++)
        {
            Assert.That((await _gateway.ReadAsync(file, (ulong)i * Mebibyte,
                Mebibyte)).AsSpan().IndexOfAnyExcept((byte)(i + 1)), Is.EqualTo(-1));
        }

        await _gateway.WriteAsync(file, 5, [9], Stability.FileSync);
        await _gateway.WriteAsync(other, 0, [9], Stability.FileSync);
        Assert.That(await _gateway.ReadAllAsync(other), Is.EqualTo(new byte[] { 9, 2, 3 }));
        await _gateway.MakeFileAsync("name");
        await _gateway.SyncAsync();

        await _gateway.RemoveAsync("f");
        await Eventually.IsSoAsync(async () => await TryWriteAsync(other, 10));
    }

    [Test]
    public async Task EvictedSpace_CanBeUsedAgain()
    {
        var file = await _gateway.MakeFileAsync("f");
        var written = await FillAsync(file);
        await _gateway.SyncAsync();
        await _gateway.EvictAsync();

        var second = await _gateway.MakeFileAsync("g");
        await Eventually.IsSoAsync(async () => await TryWriteAsync(second, 0));
        Assert.That(await FillAsync(second), Is.InRange(written - 4, written + 4));
    }

    /// <summary>Writes mebibytes, each of its own value, until the disk is full; returns how many went in.</summary>
    private async Task<int> FillAsync(InodeId file)
    {
        for (var i = 0; i < 200; i++)
        {
            var before = _gateway.Attributes(file);
            if (!await TryWriteAsync(file, (ulong)i * Mebibyte, (byte)(i + 1)))
            {
                Assert.That(_gateway.Attributes(file), Is.EqualTo(before));
                return i;
            }
        }

        throw new InvalidOperationException("the disk is not full");
    }

    private async Task<bool> TryWriteAsync(InodeId file, ulong offset, byte value = 7)
    {
        var written = await _gateway.Files.WriteAsync(
            Caller.Root, file, offset, Enumerable.Repeat(value, Mebibyte).ToArray(), Stability.Unstable, default);
        Assert.That(written.Error, Is.AnyOf(VfsError.None, VfsError.NoSpc));
        return written.Error == VfsError.None;
    }
}
