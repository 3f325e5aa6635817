using Cas.Client;
using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Vfs.Core;

namespace Nfs.Tests.Vfs.Content;

// What is read must be the store's bytes or an error, whatever the store and other clients do meanwhile, and must not
// cost more traffic than it has to.
[TestFixture]
internal sealed class HydratorTests
{
    private const int Mebibyte = 1 << 20;

    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(30);

    private TestGateway _gateway = null!;

    [SetUp]
    public async Task SetUp() => _gateway = await TestGateway.StartAsync();

    [TearDown]
    public async Task TearDown()
    {
        _gateway.Faults.Heal();
        await _gateway.DisposeAsync();
    }

    [Test]
    [Covers("EC-3", "EC-170", "EC-171")]
    public async Task SmallRandomReads_FetchAFewChunks_Once()
    {
        var bytes = RandomBytes.Of(32 * Mebibyte, 1);
        var file = await _gateway.MakeStoredFileAsync("f", bytes);
        var offsets = Enumerable.Range(0, 16).Select(i => (i * 2 * Mebibyte) + (i * 7919)).ToArray();
        new Random(1).Shuffle(offsets);

        for (var pass = 0; pass < 2; pass++)
        {
            foreach (var offset in offsets)
            {
                await AssertReadsAsync(file, bytes, offset, 4096);
            }

            Assert.That(_gateway.Faults.BytesRead, Is.LessThanOrEqualTo(16 * 96 * 1024), $"pass {pass}");
        }
    }

    [Test]
    [Covers("EC-39", "N-123")]
    public async Task TooFewBytes_AreAnError_AndNeverZeros()
    {
        var bytes = RandomBytes.Of(100_000, 1);
        var file = await _gateway.MakeStoredFileAsync("f", bytes);
        _gateway.Faults.ShortenOneRead();

        var read = await _gateway.Files.ReadAsync(Caller.Root, file, 0, 100_000, default);

        Assert.That((read.Error, read.Count), Is.EqualTo((VfsError.Io, 0)));
        Assert.That(_gateway.Files.GetStatus().CacheBytes, Is.Zero, "nothing of it is taken for the file's");
        Assert.That(await _gateway.ReadAllAsync(file), Is.EqualTo(bytes));
    }

    [Test]
    [Covers("EC-40")]
    public async Task OneFailure_IsNotSeen()
    {
        var bytes = RandomBytes.Of(100_000, 1);
        var file = await _gateway.MakeStoredFileAsync("f", bytes);
        _gateway.Faults.FailOnce(StoreCalls.Read, CasError.Unreachable);

        Assert.That(await _gateway.ReadAllAsync(file), Is.EqualTo(bytes));

        Assert.That(_gateway.Faults.Count(StoreCalls.Read), Is.EqualTo(2));
    }

    [Test]
    [Covers("EC-42")]
    public async Task ManyHoles_InOneRead_AreOneRequest()
    {
        var bytes = RandomBytes.Of(Mebibyte, 1);
        var file = await _gateway.MakeStoredFileAsync("f", bytes);
        for (var at = 0; at < Mebibyte; at += 50_000)
        {
            await _gateway.WriteAsync(file, (ulong)at, RandomBytes.Of(100, at));
            RandomBytes.Of(100, at).CopyTo(bytes, at);
        }

        Assert.That(await _gateway.ReadAllAsync(file), Is.EqualTo(bytes));

        Assert.That(_gateway.Faults.Count(StoreCalls.Read), Is.EqualTo(1));
    }

    [Test]
    [Covers("EC-176", "N-126")]
    public async Task ReadersOfOneHole_ShareAFetch()
    {
        var bytes = RandomBytes.Of(2 * Mebibyte, 1);
        var file = await _gateway.MakeStoredFileAsync("f", bytes);
        _gateway.Faults.Stall(StoreCalls.Read);
        var seen = _gateway.Faults.StallSeen;
        var first = _gateway.ReadAsync(file, 100_000, Mebibyte);
        await seen.WaitAsync(s_deadline);

        var others = Enumerable.Range(0, 20).Select(i => _gateway.ReadAsync(file, (ulong)i * 60_000, 500_000)).ToList();
        _gateway.Faults.Resume();

        Assert.That(await first, Is.EqualTo(bytes[100_000..(100_000 + Mebibyte)]));
        for (var i = 0; i < others.Count; i++)
        {
            Assert.That(await others[i], Is.EqualTo(bytes[(i * 60_000)..((i * 60_000) + 500_000)]));
        }

        Assert.That(_gateway.Faults.BytesRead, Is.LessThanOrEqualTo(bytes.Length), "no byte twice");
    }

    [Test]
    [Covers("EC-177")]
    public async Task SequentialReader_FindsItsBytesHere_EachFetchedOnce_InLargeRequests()
    {
        var bytes = RandomBytes.Of(64 * Mebibyte + 12_345, 1);
        var file = await _gateway.MakeStoredFileAsync("f", bytes);

        for (var pass = 0; pass < 2; pass++)
        {
            for (var at = 0; at < bytes.Length; at += 256 << 10)
            {
                await AssertReadsAsync(file, bytes, at, 256 << 10);
            }

            Assert.That(_gateway.Faults.BytesRead, Is.EqualTo(bytes.Length), $"pass {pass}");
            Assert.That(_gateway.Faults.Count(StoreCalls.Read), Is.LessThan(75), "256 reads");
        }
    }

    [Test]
    public async Task ReadAhead_StopsWithItsReader_AndAtTheEndOfFile()
    {
        var bytes = RandomBytes.Of(40 * Mebibyte, 1);
        var file = await _gateway.MakeStoredFileAsync("f", bytes);
        for (var at = 0; at < 4 * Mebibyte; at += Mebibyte)
        {
            await AssertReadsAsync(file, bytes, at, Mebibyte);
        }

        for (var at = 38 * Mebibyte; at < bytes.Length; at += Mebibyte)
        {
            await AssertReadsAsync(file, bytes, at, Mebibyte);
        }

        // The gateway's end waits for what is being fetched.
        await _gateway.CloseAsync();
        Assert.That(_gateway.Faults.BytesRead, Is.InRange(6 * Mebibyte, 10 * Mebibyte));
    }

    [Test]
    [Covers("EC-182")]
    public async Task ReaderThatWaitsForAReadAhead_SurvivesItsFailure()
    {
        var (file, bytes) = await StallReadAheadAsync();
        var read = _gateway.ReadAsync(file, 2 * Mebibyte, Mebibyte);

        _gateway.Faults.FailOnce(StoreCalls.Read, CasError.Unreachable);
        _gateway.Faults.Resume();

        Assert.That(await read, Is.EqualTo(bytes[(2 * Mebibyte)..(3 * Mebibyte)]));
    }

    [Test]
    [Covers("EC-32", "EC-33")]
    public async Task ReadAhead_RacingWritesAndResizes_NeverBringsOldBytesBack()
    {
        var (file, bytes) = await StallReadAheadAsync();
        var patch = RandomBytes.Of(10, 7);
        await _gateway.WriteAsync(file, (2 * Mebibyte) + 500, patch);
        patch.CopyTo(bytes, (2 * Mebibyte) + 500);
        const int middle = (2 * Mebibyte) + 600_000;
        await _gateway.ResizeAsync(file, middle);
        await _gateway.ResizeAsync(file, 3 * Mebibyte);
        Array.Resize(ref bytes, middle);
        Array.Resize(ref bytes, 3 * Mebibyte);

        _gateway.Faults.Heal();

        Assert.That((await _gateway.ReadAllAsync(file)).AsSpan().SequenceEqual(bytes), Is.True);
        await _gateway.SyncAsync();
        Assert.That((await _gateway.StoredBytesAsync("f")).AsSpan().SequenceEqual(bytes), Is.True);
    }

    [Test]
    public async Task ReadAhead_OfABaseThatAFlushReplaced_IsNotTaken()
    {
        var (file, bytes) = await StallReadAheadAsync();
        await _gateway.ResizeAsync(file, 2 * Mebibyte);
        await _gateway.ResizeAsync(file, 3 * Mebibyte);
        Array.Clear(bytes, 2 * Mebibyte, Mebibyte);
        await _gateway.SyncAsync();
        await _gateway.EvictAsync();

        // The same range is a hole again, of a base that has zeros there, when the old bytes come.
        var before = _gateway.Faults.BytesRead;
        _gateway.Faults.Heal();
        await Eventually.IsSoAsync(() => _gateway.Faults.BytesRead == before + Mebibyte);
        await _gateway.ReopenAsync();

        Assert.That((await _gateway.ReadAllAsync(file)).AsSpan().SequenceEqual(bytes), Is.True);
    }

    [Test]
    public async Task MakingRoom_SparesWhatIsAboutToBeRead()
    {
        var clock = new ManualClock();
        await _gateway.DisposeAsync();
        _gateway = await TestGateway.StartAsync(TestGateway.Quiet with { CacheBytesMax = 32 * Mebibyte }, clock);
        var bytes = RandomBytes.Of(80 * Mebibyte, 1);
        var file = await _gateway.MakeStoredFileAsync("f", bytes);

        for (var at = 0; at < bytes.Length; at += Mebibyte)
        {
            await AssertReadsAsync(file, bytes, at, Mebibyte);
            if (at % (40 * Mebibyte) == 39 * Mebibyte)
            {
                clock.Advance(TimeSpan.FromSeconds(2));
                await Eventually.IsSoAsync(() => _gateway.Files.GetStatus().CacheBytes <= 32 * Mebibyte);
            }
        }

        Assert.That(_gateway.Faults.BytesRead, Is.EqualTo(bytes.Length), "nothing was dropped before it was read");
    }

    /// <summary>A file of three mebibytes and the bytes that it shows; the fetch of the third hangs in the store.</summary>
    private async Task<(InodeId File, byte[] Bytes)> StallReadAheadAsync()
    {
        var bytes = RandomBytes.Of(3 * Mebibyte, 1);
        var file = await _gateway.MakeStoredFileAsync("f", bytes);
        var written = RandomBytes.Of(Mebibyte, 2);
        await _gateway.WriteAsync(file, Mebibyte, written);
        written.CopyTo(bytes, Mebibyte);
        await AssertReadsAsync(file, bytes, 0, Mebibyte);
        _gateway.Faults.Stall(StoreCalls.Read);
        var seen = _gateway.Faults.StallSeen;
        await AssertReadsAsync(file, bytes, Mebibyte, Mebibyte);
        await seen.WaitAsync(s_deadline);
        return (file, bytes);
    }

    private async Task AssertReadsAsync(InodeId file, byte[] bytes, int offset, int count)
    {
        var read = await _gateway.ReadAsync(file, (ulong)offset, count).WaitAsync(s_deadline);
        var expected = bytes.AsSpan(offset, Math.Min(count, bytes.Length - offset));
        Assert.That(read.AsSpan().SequenceEqual(expected), Is.True, $"{count} bytes at {offset}");
    }
}
