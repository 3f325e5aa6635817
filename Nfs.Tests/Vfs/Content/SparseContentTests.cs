using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Vfs.Core;

namespace Nfs.Tests.Vfs.Content;

// Files whose bytes lie partly here and partly in the store: a user must never see that in what is read, and the store
// must get exactly the file.
[TestFixture]
internal sealed class SparseContentTests
{
    private const int Mebibyte = 1 << 20;

    private TestGateway _gateway = null!;

    [SetUp]
    public async Task SetUp() => _gateway = await TestGateway.StartAsync();

    [TearDown]
    public async Task TearDown() => await _gateway.DisposeAsync();

    [Test]
    [Covers("EC-1")]
    public async Task WriteIntoAStoredFile_FetchesNothing()
    {
        var file = await _gateway.MakeStoredFileAsync("f", Bytes(3 * Mebibyte, 1));

        await _gateway.WriteAsync(file, Mebibyte, Bytes(10, 2), Stability.FileSync);
        await _gateway.ResizeAsync(file, 5 * Mebibyte);

        Assert.That(_gateway.Faults.Count(StoreCalls.Read), Is.Zero);
    }

    [Test]
    [Covers("EC-2", "EC-3", "EC-166", "EC-169", "EC-177")]
    public async Task Holes_ComeFromTheStore_Once()
    {
        var bytes = Bytes((2 * Mebibyte) + 77, 1);
        var file = await _gateway.MakeStoredFileAsync("f", bytes);

        Assert.That(await _gateway.ReadAsync(file, 100, 1000), Is.EqualTo(bytes[100..1100]));
        var reads = _gateway.Faults.Count(StoreCalls.Read);
        Assert.That(await _gateway.ReadAsync(file, 100, 1000), Is.EqualTo(bytes[100..1100]));
        Assert.That(_gateway.Faults.Count(StoreCalls.Read), Is.EqualTo(reads));

        Assert.That(await _gateway.ReadAllAsync(file), Is.EqualTo(bytes));
        Assert.That(_gateway.Faults.BytesRead, Is.EqualTo(bytes.Length), "nothing was fetched twice");
    }

    [Test]
    [Covers("EC-4", "N-142")]
    public async Task ReadAcrossAWriteInAHole_GivesOldNewOld()
    {
        var bytes = Bytes(Mebibyte + 5000, 1);
        var file = await _gateway.MakeStoredFileAsync("f", bytes);
        foreach (var at in new[] { 0, 1, 4095, 4096, Mebibyte - 1, Mebibyte, bytes.Length - 3 })
        {
            var patch = Bytes(3, at);
            await _gateway.WriteAsync(file, (ulong)at, patch);
            patch.CopyTo(bytes, at);
        }

        Assert.That(await _gateway.ReadAsync(file, 4000, 200), Is.EqualTo(bytes[4000..4200]));
        Assert.That(await _gateway.ReadAllAsync(file), Is.EqualTo(bytes));
        await AssertStoredAsync("f", bytes);
    }

    [Test]
    [Covers("EC-6")]
    public async Task WritePastTheEnd_LeavesZerosBetween()
    {
        var file = await _gateway.MakeStoredFileAsync("f", Bytes(10, 1));

        await _gateway.WriteAsync(file, 15, Bytes(5, 2));

        var expected = (byte[])[.. Bytes(10, 1), 0, 0, 0, 0, 0, .. Bytes(5, 2)];
        Assert.That(await _gateway.ReadAllAsync(file), Is.EqualTo(expected));
        await AssertStoredAsync("f", expected);
    }

    [TestCase(10, 5, Description = "at the end")]
    [TestCase(7, 10, Description = "across the end")]
    [TestCase(0, 10, Description = "all of it")]
    [TestCase(0, 30, Description = "more than all of it")]
    [TestCase(9, 1, Description = "the last byte")]
    [TestCase(4000, 100, Description = "far past the end")]
    [Covers("EC-7", "EC-8")]
    public async Task Write_AtBoundaries_IsReadAndStored(int offset, int length)
    {
        var file = await _gateway.MakeStoredFileAsync("f", Bytes(10, 1));
        var expected = Bytes(10, 1);

        await _gateway.WriteAsync(file, (ulong)offset, Bytes(length, 2));

        Array.Resize(ref expected, Math.Max(10, offset + length));
        Bytes(length, 2).CopyTo(expected, offset);
        Assert.That(await _gateway.ReadAllAsync(file), Is.EqualTo(expected));
        await AssertStoredAsync("f", expected);
    }

    [Test]
    [Covers("EC-9", "N-137")]
    public async Task EmptyWritePastTheEnd_ChangesNothing()
    {
        var file = await _gateway.MakeStoredFileAsync("f", Bytes(10, 1));
        var before = _gateway.Attributes(file);

        await _gateway.WriteAsync(file, 1000, []);

        Assert.That(_gateway.Attributes(file), Is.EqualTo(before));
        Assert.That(_gateway.Files.GetStatus().DirtyBytes, Is.Zero);
        await _gateway.WriteAsync(file, 9, Bytes(2, 2));
        await AssertStoredAsync("f", [.. Bytes(10, 1)[..9], .. Bytes(2, 2)]);
    }

    [Test]
    [Covers("EC-10")]
    public async Task ShrinkThroughADirtyRange_KeepsItsHalf()
    {
        var bytes = Bytes(1000, 1);
        var file = await _gateway.MakeStoredFileAsync("f", bytes);

        await _gateway.WriteAsync(file, 400, Bytes(200, 2));
        await _gateway.ResizeAsync(file, 500);

        byte[] expected = [.. bytes[..400], .. Bytes(200, 2)[..100]];
        Assert.That(await _gateway.ReadAllAsync(file), Is.EqualTo(expected));
        await AssertStoredAsync("f", expected);
    }

    [Test]
    [Covers("EC-11", "EC-12")]
    public async Task Shrink_ThenWriteInside_StoresPrefixAndPatch()
    {
        var bytes = Bytes(1000, 1);
        var file = await _gateway.MakeStoredFileAsync("f", bytes);

        await _gateway.ResizeAsync(file, 300);
        await AssertStoredAsync("f", bytes[..300]);

        await _gateway.ResizeAsync(file, 200);
        await _gateway.WriteAsync(file, 50, Bytes(10, 2));
        await AssertStoredAsync("f", [.. bytes[..50], .. Bytes(10, 2), .. bytes[60..200]]);
    }

    [TestCase(false)]
    [TestCase(true)]
    [Covers("EC-13", "N-99")]
    public async Task Shrink_ThenGrow_ReadsZeros(bool isCached)
    {
        var bytes = Bytes(1000, 1);
        var file = await _gateway.MakeStoredFileAsync("f", bytes);
        if (isCached)
        {
            await _gateway.ReadAllAsync(file);
        }

        await _gateway.ResizeAsync(file, 300);
        await _gateway.ResizeAsync(file, 900);

        byte[] expected = [.. bytes[..300], .. new byte[600]];
        Assert.That(await _gateway.ReadAllAsync(file), Is.EqualTo(expected));
        await AssertStoredAsync("f", expected);
        await _gateway.EvictAsync();
        Assert.That(await _gateway.ReadAllAsync(file), Is.EqualTo(expected));
    }

    [Test]
    [Covers("EC-14")]
    public async Task Shrink_ThenWritePastTheNewEnd_LeavesZerosBetween()
    {
        var bytes = Bytes(1000, 1);
        var file = await _gateway.MakeStoredFileAsync("f", bytes);

        await _gateway.ResizeAsync(file, 300);
        await _gateway.WriteAsync(file, 600, Bytes(10, 2));

        byte[] expected = [.. bytes[..300], .. new byte[300], .. Bytes(10, 2)];
        Assert.That(await _gateway.ReadAllAsync(file), Is.EqualTo(expected));
        await AssertStoredAsync("f", expected);
    }

    [Test]
    [Covers("EC-16")]
    public async Task Empty_Write_Grow_KeepsTheWrite()
    {
        var file = await _gateway.MakeStoredFileAsync("f", Bytes(1000, 1));

        await _gateway.ResizeAsync(file, 0);
        await _gateway.WriteAsync(file, 10, Bytes(10, 2));
        await _gateway.ResizeAsync(file, 50);

        byte[] expected = [.. new byte[10], .. Bytes(10, 2), .. new byte[30]];
        Assert.That(await _gateway.ReadAllAsync(file), Is.EqualTo(expected));
        await AssertStoredAsync("f", expected);
    }

    [Test]
    [Covers("EC-24", "EC-25")]
    public async Task AfterAFlush_UnreadRegions_StillComeFromTheStore()
    {
        var bytes = Bytes(100_000, 1);
        var file = await _gateway.MakeStoredFileAsync("f", bytes);
        await _gateway.WriteAsync(file, 50_000, Bytes(100, 2));
        Bytes(100, 2).CopyTo(bytes, 50_000);

        await _gateway.SyncAsync();

        Assert.That(await _gateway.ReadAllAsync(file), Is.EqualTo(bytes));
    }

    [Test]
    [Covers("EC-27", "EC-84")]
    public async Task ReadingAndSyncing_SendsNothing()
    {
        var file = await _gateway.MakeStoredFileAsync("f", Bytes(1000, 1));
        var before = _gateway.Attributes(file);
        var calls = _gateway.Faults.Count(StoreCalls.Put | StoreCalls.Compose | StoreCalls.Commit);

        await _gateway.ReadAllAsync(file);
        await _gateway.CommitAsync(file);
        await _gateway.SyncAsync();
        await _gateway.SyncAsync();

        Assert.That(
            _gateway.Faults.Count(StoreCalls.Put | StoreCalls.Compose | StoreCalls.Commit), Is.EqualTo(calls));
        Assert.That(_gateway.Attributes(file), Is.EqualTo(before));
    }

    [Test]
    [Covers("EC-29")]
    public async Task SameBytesAgain_EndClean()
    {
        var bytes = Bytes(1000, 1);
        var file = await _gateway.MakeStoredFileAsync("f", bytes);
        var hash = (await _gateway.StoredAsync("f"))!.Entry.Content;

        await _gateway.WriteAsync(file, 100, bytes[100..200]);
        await _gateway.SyncAsync();

        Assert.That((await _gateway.StoredAsync("f"))!.Entry.Content, Is.EqualTo(hash));
        await _gateway.EvictAsync();
        Assert.That(await _gateway.ReadAllAsync(file), Is.EqualTo(bytes));
    }

    [Test]
    [Covers("EC-83", "N-146")]
    public async Task EmptyFile_ReachesTheStore()
    {
        await _gateway.MakeFileAsync("empty");

        await AssertStoredAsync("empty", []);
    }

    [Test]
    [Covers("EC-166", "N-118", "N-119")]
    public async Task Read_AtTheEnds_SaysEofAndGivesNoMoreThanThereIs()
    {
        var file = await _gateway.MakeFileAsync("f", Bytes(100, 1));
        foreach (var (offset, count, expected, eof) in new (ulong, int, int, bool)[]
        {
            (0, 100, 100, true), (0, 99, 99, false), (0, 101, 100, true), (99, 1, 1, true), (100, 10, 0, true),
            (5000, 10, 0, true), (0, 0, 0, false), (100, 0, 0, true), (ulong.MaxValue, 10, 0, true),
        })
        {
            var read = await _gateway.Files.ReadAsync(Caller.Root, file, offset, count, default);
            read.Data?.Dispose();
            Assert.That((read.Error, read.Count, read.Eof), Is.EqualTo((VfsError.None, expected, eof)),
                $"{offset}+{count}");
        }
    }

    [Test]
    [Covers("EC-162")]
    public async Task SparseFileOfATebibyte_TakesNoSpace()
    {
        var file = await _gateway.MakeFileAsync("huge");

        await _gateway.ResizeAsync(file, 1UL << 40);
        await _gateway.WriteAsync(file, 1UL << 39, Bytes(1000, 3), Stability.FileSync);

        Assert.That(await _gateway.ReadAsync(file, (1UL << 39) - 10, 20),
            Is.EqualTo((byte[])[.. new byte[10], .. Bytes(1000, 3)[..10]]));
        Assert.That(await _gateway.ReadAsync(file, (1UL << 40) - 10, 20), Is.EqualTo(new byte[10]));
    }

    [Test]
    public async Task RandomWritesAndResizes_WithFlushesAndEvictions_ReadAsTheModel([Range(1, 6)] int seed)
    {
        var random = new Random(seed);
        var model = Bytes(random.Next(3 * Mebibyte), seed);
        var file = await _gateway.MakeStoredFileAsync("f", model);
        for (var step = 0; step < 120; step++)
        {
            switch (random.Next(9))
            {
                case 0:
                    var size = random.Next(3 * Mebibyte);
                    await _gateway.ResizeAsync(file, (ulong)size);
                    Array.Resize(ref model, size);
                    break;
                case 1:
                    await _gateway.SyncAsync();
                    break;
                case 2:
                    await _gateway.EvictAsync();
                    break;
                case 3 or 4:
                    var at = random.Next(model.Length + 1);
                    var read = await _gateway.ReadAsync(file, (ulong)at, 100_000);
                    Assert.That(read.AsSpan().SequenceEqual(model.AsSpan(at, Math.Min(100_000, model.Length - at))),
                        Is.True);
                    break;
                default:
                    var offset = random.Next(model.Length + 10_000);
                    var patch = Bytes(1 + random.Next(random.Next(2) == 0 ? 10 : 200_000), step);
                    await _gateway.WriteAsync(file, (ulong)offset, patch, (Stability)random.Next(3));
                    Array.Resize(ref model, Math.Max(model.Length, offset + patch.Length));
                    patch.CopyTo(model, offset);
                    break;
            }
        }

        Assert.That((await _gateway.ReadAllAsync(file)).AsSpan().SequenceEqual(model), Is.True, "what is read");
        await _gateway.SyncAsync();
        Assert.That((await _gateway.StoredBytesAsync("f")).AsSpan().SequenceEqual(model), Is.True, "what is stored");
        await _gateway.ReopenAsync();
        Assert.That((await _gateway.ReadAllAsync(file)).AsSpan().SequenceEqual(model), Is.True, "after a restart");
    }

    private static byte[] Bytes(int length, int seed)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private async Task AssertStoredAsync(string path, byte[] expected)
    {
        await _gateway.SyncAsync();
        Assert.That(await _gateway.StoredBytesAsync(path), Is.EqualTo(expected));
    }
}
