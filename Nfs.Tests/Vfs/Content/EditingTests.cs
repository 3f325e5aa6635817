using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Vfs.Core;

namespace Nfs.Tests.Vfs.Content;

// What editors, build tools and cp do to a file, with the gateway sending and restarting in between: the last save is
// what users find, here and in the store, and what is here is not fetched again.
[TestFixture]
internal sealed class EditingTests
{
    private TestGateway _gateway = null!;

    [SetUp]
    public async Task SetUp() => _gateway = await TestGateway.StartAsync();

    [TearDown]
    public async Task TearDown() => await _gateway.DisposeAsync();

    [Test]
    [Covers("EC-5", "EC-26", "EC-160")]
    public async Task FileThatWasSent_IsNotFetched_ToBeReadOrWritten([Values] bool restarts)
    {
        var bytes = RandomBytes.Of(200_000, 1);
        var file = await _gateway.MakeFileAsync("f", bytes);
        await _gateway.SyncAsync();
        if (restarts)
        {
            await _gateway.ReopenAsync();
        }

        Assert.That(await _gateway.ReadAllAsync(file), Is.EqualTo(bytes));
        await _gateway.WriteAsync(file, 100_000, RandomBytes.Of(10, 2));
        RandomBytes.Of(10, 2).CopyTo(bytes, 100_000);

        Assert.That(await _gateway.ReadAllAsync(file), Is.EqualTo(bytes));
        Assert.That(_gateway.Faults.BytesRead, Is.Zero);
        await AssertStoredAsync(bytes);
    }

    [Test]
    [Covers("EC-15", "EC-17", "EC-245")]
    public async Task EmptiedAndWrittenAnew_TheOldBytesDoNotComeBack([Values] bool byCreate, [Values] bool restarts)
    {
        var file = await _gateway.MakeStoredFileAsync("f", RandomBytes.Of(100_000, 1));

        await EmptyAsync(file, byCreate);
        await _gateway.WriteAsync(file, 0, RandomBytes.Of(500, 2), Stability.FileSync);
        if (restarts)
        {
            await _gateway.ReopenAsync();
        }

        Assert.That(await _gateway.ReadAllAsync(_gateway.Find("f")), Is.EqualTo(RandomBytes.Of(500, 2)));
        await _gateway.ResizeAsync(file, 50_000);
        byte[] expected = [.. RandomBytes.Of(500, 2), .. new byte[49_500]];
        Assert.That(await _gateway.ReadAllAsync(file), Is.EqualTo(expected));
        await AssertStoredAsync(expected);
    }

    [Test]
    [Covers("EC-19", "EC-22", "EC-38", "EC-244")]
    public async Task SentWhole_ThenRead_Written_AndCut_ArrivesEachTime()
    {
        var bytes = RandomBytes.Of(10_000, 1);
        var file = await _gateway.MakeFileAsync("f", bytes);
        await AssertStoredAsync(bytes);

        Assert.That(await _gateway.ReadAllAsync(file), Is.EqualTo(bytes));
        await _gateway.WriteAsync(file, 100, RandomBytes.Of(100, 2));
        RandomBytes.Of(100, 2).CopyTo(bytes, 100);
        Assert.That(await _gateway.ReadAllAsync(_gateway.Find("f")), Is.EqualTo(bytes));
        await AssertStoredAsync(bytes);

        await _gateway.WriteAsync(file, 200, RandomBytes.Of(100, 3));
        RandomBytes.Of(100, 3).CopyTo(bytes, 200);
        await _gateway.ResizeAsync(file, 5000);
        await AssertStoredAsync(bytes[..5000]);
    }

    [Test]
    [Covers("EC-23")]
    public async Task EmptyFile_WrittenTwiceWithAFlushBetween_HasBoth()
    {
        var file = await _gateway.MakeFileAsync("f");
        await AssertStoredAsync([]);

        await _gateway.WriteAsync(file, 0, [1, 2, 3]);
        await AssertStoredAsync([1, 2, 3]);
        await _gateway.WriteAsync(file, 3, [4, 5]);
        await AssertStoredAsync([1, 2, 3, 4, 5]);
    }

    [Test]
    [Covers("EC-306", "N-140")]
    public async Task WritesInAnyOrder_AreOneFile([Values(1, 2, 3)] int seed)
    {
        // Clients send the blocks of a sequential copy out of order, and some of them twice.
        var bytes = RandomBytes.Of(64 * 5000, seed);
        var file = await _gateway.MakeFileAsync("f");
        int[] order = [.. Enumerable.Range(0, 64), 7, 20, 63];
        new Random(seed).Shuffle(order);

        await Task.WhenAll(order.Select(
            i => _gateway.WriteAsync(file, (ulong)(i * 5000), bytes[(i * 5000)..((i + 1) * 5000)])));

        Assert.That(await _gateway.ReadAllAsync(file), Is.EqualTo(bytes));
        await AssertStoredAsync(bytes);
    }

    [Test]
    [Covers("EC-252", "N-146")]
    public async Task FileThatWasOnlyMade_ReachesTheStore([Values] CreateMode mode)
    {
        await _gateway.Files.CreateAsync(Caller.Root, InodeId.Root, FileName.From("f"), mode, default, 77, default);

        await AssertStoredAsync([]);
    }

    [Test]
    [Covers("EC-90")]
    public async Task MtimeThatTheUserSet_IsInTheStore_AndStays()
    {
        var file = await _gateway.MakeFileAsync("f", [1, 2, 3]);
        var mtime = new Timestamp(1_234_567_890_123_456_789);
        await _gateway.Files.SetAttributesAsync(
            Caller.Root, file,
            new AttributeChanges { Mtime = new TimeChange(TimeChangeKind.SetToClientTime, mtime) }, null, default);
        var before = _gateway.Attributes(file);

        await AssertStoredAsync([1, 2, 3]);

        Assert.That(_gateway.Attributes(file), Is.EqualTo(before));
        Assert.That((await _gateway.StoredAsync("f"))!.Entry.Mtime, Is.EqualTo(1_234_567_890_123_456_789));
    }

    private async Task EmptyAsync(InodeId file, bool byCreate)
    {
        if (!byCreate)
        {
            await _gateway.ResizeAsync(file, 0);
            return;
        }

        var made = await _gateway.Files.CreateAsync(
            Caller.Root, InodeId.Root, FileName.From("f"), CreateMode.Unchecked, new AttributeChanges { Size = 0 }, 0,
            default);
        Assert.That((made.Error, made.Object?.Id), Is.EqualTo((VfsError.None, file)));
    }

    private async Task AssertStoredAsync(byte[] expected)
    {
        await _gateway.SyncAsync();
        Assert.That(await _gateway.StoredBytesAsync("f"), Is.EqualTo(expected));
    }
}
