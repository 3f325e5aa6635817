using Cas.Client;
using Cas.Client.Sqlite;
using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Vfs.Core;

namespace Nfs.Tests.Vfs.Content;

// The cache must stay within its limit without ever losing what only it has, and memory must not grow with the number
// of files that were read.
[TestFixture]
internal sealed class CacheTests
{
    private TestGateway _gateway = null!;
    private ManualClock _clock = null!;

    [SetUp]
    public async Task SetUp()
    {
        _clock = new ManualClock();
        _gateway = await TestGateway.StartAsync(
            TestGateway.Quiet with { CacheBytesMax = 1_000_000, ContentsMax = 8 }, _clock);
    }

    [TearDown]
    public async Task TearDown()
    {
        _gateway.Faults.Heal();
        await _gateway.DisposeAsync();
    }

    [Test]
    [Covers("EC-153")]
    public async Task OverTheLimit_LongestUnusedGoesFirst_AndDirtyBytesStay()
    {
        var files = new List<InodeId>();
        for (var i = 0; i < 5; i++)
        {
            files.Add(await _gateway.MakeFileAsync($"f{i}", Bytes(300_000, i)));
            _clock.Advance(TimeSpan.FromMilliseconds(10));
        }

        await _gateway.SyncAsync();
        var dirty = await _gateway.MakeFileAsync("dirty", Bytes(2_000_000, 9));
        _clock.Advance(TimeSpan.FromMilliseconds(10));
        await _gateway.ReadAllAsync(files[0]);
        _clock.Advance(TimeSpan.FromSeconds(2));
        await Eventually.IsSoAsync(() => _gateway.Files.GetStatus() is { CacheBytes: <= 3_000_000 });

        var reads = _gateway.Faults.BytesRead;
        Assert.That(await _gateway.ReadAllAsync(files[0]), Is.EqualTo(Bytes(300_000, 0)));
        Assert.That(await _gateway.ReadAllAsync(dirty), Is.EqualTo(Bytes(2_000_000, 9)));
        Assert.That(_gateway.Faults.BytesRead, Is.EqualTo(reads), "what was used last, and what is dirty, is here");
        for (var i = 0; i < 5; i++)
        {
            Assert.That(await _gateway.ReadAllAsync(files[i]), Is.EqualTo(Bytes(300_000, i)));
        }
    }

    [Test]
    [Covers("EC-153")]
    public async Task OverTheLimit_ALargeFileLosesItsLongestUnusedPartAlone()
    {
        const int part = 16 << 20;
        var bytes = Bytes(5 * part, 1);
        await using var gateway = await TestGateway.StartAsync(
            TestGateway.Quiet with { CacheBytesMax = 5 * part / 2 }, _clock);
        var file = await gateway.MakeStoredFileAsync("f", bytes);
        foreach (var index in new[] { 2, 4, 0, 2 })
        {
            await gateway.ReadAsync(file, (ulong)(index * part), part);
            _clock.Advance(TimeSpan.FromSeconds(20));
        }

        await Eventually.IsSoAsync(() => gateway.Files.GetStatus().CacheBytes == 2 * part);
        var reads = gateway.Faults.BytesRead;
        foreach (var index in new[] { 0, 2 })
        {
            var read = await gateway.ReadAsync(file, (ulong)(index * part), part);
            Assert.That(read.AsSpan().SequenceEqual(bytes.AsSpan(index * part, part)), Is.True);
        }

        Assert.That(gateway.Faults.BytesRead, Is.EqualTo(reads), "what was used last is here");
    }

    [Test]
    public async Task WarmCache_IsWarmAfterACrash()
    {
        var file = await _gateway.MakeStoredFileAsync("f", Bytes(300_000, 1));
        await _gateway.ReadAllAsync(file);
        _clock.Advance(TimeSpan.FromSeconds(30));
        await Eventually.IsSoAsync(() => SavedBytes() == 300_000);

        await using var after = await _gateway.CrashAsync();

        after.Faults.Fail(StoreCalls.All, CasError.Unreachable);
        Assert.That(after.Files.GetStatus().CacheBytes, Is.EqualTo(300_000UL));
        Assert.That(await after.ReadAllAsync(after.Find("f")), Is.EqualTo(Bytes(300_000, 1)));
    }

    [Test]
    [Covers("EC-151")]
    public async Task ZerosThatNobodyWrote_DriveNothingOut()
    {
        var small = await _gateway.MakeFileAsync("small", Bytes(600_000, 1));
        await _gateway.SyncAsync();
        var sparse = await _gateway.MakeFileAsync("sparse", Bytes(1000, 2));
        await _gateway.ResizeAsync(sparse, 64 << 20);
        await _gateway.Files.CommitAsync(sparse, 0, 0, default);
        await _gateway.ReopenAsync();
        var status = _gateway.Files.GetStatus();
        Assert.That(status.CacheBytes - status.DirtyBytes, Is.LessThan(700_000), "dirty zeros are dirty");
        await _gateway.SyncAsync();

        // Of the sparse file a few blocks count: as long as it is in memory, when it is dirty again, after a restart.
        Assert.That(Held(), Is.InRange(601_000, 700_000));
        await _gateway.WriteAsync(sparse, 32 << 20, Bytes(1000, 3), Stability.FileSync);
        Assert.That(Held(), Is.LessThan(700_000));
        await _gateway.ReopenAsync();
        Assert.That(Held(), Is.LessThan(700_000));
        await _gateway.SyncAsync();
        await _gateway.ReopenAsync();
        Assert.That(Held(), Is.InRange(601_000, 700_000));

        _clock.Advance(TimeSpan.FromSeconds(2));
        Assert.That(await _gateway.ReadAllAsync(small), Is.EqualTo(Bytes(600_000, 1)));
        Assert.That(_gateway.Faults.BytesRead, Is.Zero, "nothing was driven out");

        int Held() => (int)_gateway.Files.GetStatus().CacheBytes;
    }

    [Test]
    [Covers("EC-148")]
    public async Task CacheBytes_AreBack_WhenAllFilesAreGone()
    {
        for (var i = 0; i < 12; i++)
        {
            var file = await _gateway.MakeStoredFileAsync($"f{i}", Bytes(10_000, i));
            await _gateway.ReadAsync(file, 0, 100);
            await _gateway.WriteAsync(file, 500, Bytes(10, 1));
            await _gateway.ResizeAsync(file, (ulong)(i * 2000));
        }

        for (var i = 0; i < 12; i++)
        {
            await _gateway.RemoveAsync($"f{i}");
        }

        var status = _gateway.Files.GetStatus();
        Assert.That((status.CacheBytes, status.DirtyBytes, status.DirtyFiles), Is.EqualTo((0UL, 0UL, 0)));
    }

    [Test]
    [Covers("EC-162", "R-10")]
    public async Task FilesThatWereOnlyRead_LeaveMemory_AndStayCached()
    {
        for (var i = 0; i < 60; i++)
        {
            await _gateway.MakeFileAsync($"f{i}", Bytes(1000, i));
        }

        await _gateway.SyncAsync();
        await _gateway.EvictAsync();
        for (var i = 0; i < 60; i++)
        {
            Assert.That(await _gateway.ReadAllAsync(_gateway.Find($"f{i}")), Is.EqualTo(Bytes(1000, i)));
        }

        var fetched = _gateway.Faults.BytesRead;
        for (var i = 0; i < 60; i++)
        {
            Assert.That(await _gateway.ReadAllAsync(_gateway.Find($"f{i}")), Is.EqualTo(Bytes(1000, i)));
        }

        Assert.That(_gateway.Faults.BytesRead, Is.EqualTo(fetched), "dropping a file from memory keeps its bytes");
        // Each use has a few others looked at; those that must be saved first go on the next look.
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (_gateway.Files.ContentsInMemory > 8)
        {
            await _gateway.ReadAllAsync(_gateway.Find("f0"));
            await Task.Delay(1, limit.Token);
        }
    }

    [Test]
    public async Task WarmCache_IsWarmAfterARestart()
    {
        var file = await _gateway.MakeStoredFileAsync("f", Bytes(50_000, 1));
        await _gateway.ReadAllAsync(file);
        await _gateway.ReopenAsync();
        var fetched = _gateway.Faults.BytesRead;

        Assert.That(await _gateway.ReadAllAsync(file), Is.EqualTo(Bytes(50_000, 1)));
        Assert.That(_gateway.Faults.BytesRead, Is.EqualTo(fetched));
    }

    [Test]
    [Covers("EC-34", "EC-35", "EC-155", "EC-178", "EC-186", "EC-246", "EC-287", "EC-288", "N-122", "N-140")]
    public async Task EvictDuringReadsAndWrites_ServesTheRightBytes()
    {
        // Eight slots of a file, each with one writer; readers and evictions meanwhile. Every byte of a slot is from
        // one write, and never older than what its writer had acknowledged.
        const int slots = 8;
        const int slotBytes = 20_000;
        var file = await _gateway.MakeStoredFileAsync("f", new byte[slots * slotBytes]);
        var acknowledged = new int[slots];
        var (reads, evictions) = (0, 0);
        using var stop = new CancellationTokenSource();
        var writers = Enumerable.Range(0, slots).Select(slot => Task.Run(async () =>
        {
            for (var version = 1; version <= 40; version++)
            {
                await _gateway.WriteAsync(
                    file, (ulong)(slot * slotBytes), Enumerable.Repeat((byte)version, slotBytes).ToArray(),
                    (Stability)(version % 3));
                Volatile.Write(ref acknowledged[slot], version);
            }
        })).ToList();
        var readers = Enumerable.Range(0, 3).Select(seed => Task.Run(async () =>
        {
            var random = new Random(seed);
            while (!stop.IsCancellationRequested)
            {
                var slot = random.Next(slots);
                var atLeast = Volatile.Read(ref acknowledged[slot]);
                var bytes = await _gateway.ReadAsync(file, (ulong)(slot * slotBytes), slotBytes);
                Assert.That(bytes, Has.Length.EqualTo(slotBytes));
                Assert.That(bytes.AsSpan().IndexOfAnyExcept(bytes[0]), Is.EqualTo(-1), "one write, not two");
                Assert.That(bytes[0], Is.GreaterThanOrEqualTo(atLeast));
                Interlocked.Increment(ref reads);
            }
        })).ToList();
        var operators = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                await _gateway.TrySyncAsync();
                evictions += await _gateway.EvictAsync() > 0 ? 1 : 0;
            }
        });

        await Task.WhenAll(writers);
        await stop.CancelAsync();
        await Task.WhenAll(readers);
        await operators;
        Assert.That(new[] { reads, evictions }, Is.All.GreaterThan(0), "the test did what it is for");

        await _gateway.SyncAsync();
        await _gateway.EvictAsync();
        var expected = Enumerable.Repeat((byte)40, slots * slotBytes).ToArray();
        Assert.That((await _gateway.ReadAllAsync(file)).AsSpan().SequenceEqual(expected), Is.True);
        Assert.That((await _gateway.StoredBytesAsync("f")).AsSpan().SequenceEqual(expected), Is.True);
    }

    [Test]
    [Covers("N-119")]
    public async Task ReadersAtTheEnd_OfAFileThatGrows_GetWhatIsThere()
    {
        // As tail -f: a short read at the end, and the file longer by the time it is tried again.
        var file = await _gateway.MakeFileAsync("log", [0]);
        using var stop = new CancellationTokenSource();
        var readers = Enumerable.Range(0, 3).Select(_ => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                var size = _gateway.Attributes(file).Size;
                var bytes = await _gateway.ReadAsync(file, size - 1, 1 << 20);
                Assert.That(bytes, Has.Length.AtLeast(1));
                for (var i = 0; i < bytes.Length; i++)
                {
                    Assert.That(bytes[i], Is.EqualTo((byte)((size - 1 + (ulong)i) / 10_000)));
                }
            }
        })).ToList();

        for (var at = 1; at < 5_000_000;)
        {
            var count = Math.Min(1000 + (at % 30_000), 5_000_000 - at);
            await _gateway.WriteAsync(
                file, (ulong)at, Enumerable.Range(at, count).Select(i => (byte)(i / 10_000)).ToArray());
            at += count;
        }

        await stop.CancelAsync();
        await Task.WhenAll(readers);
    }

    [Test]
    [Covers("EC-51", "EC-33")]
    public async Task GrowingAndShrinking_WithReaders_NeverShowsOldBytes()
    {
        // Written bytes are never zero, so that after a shrink and a growth only zeros or newer bytes may show.
        var file = await _gateway.MakeStoredFileAsync("f", Enumerable.Repeat((byte)1, 400_000).ToArray());
        using var stop = new CancellationTokenSource();
        var reader = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                await _gateway.ReadAsync(file, 100_000, 300_000);
            }
        });
        var syncer = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                await _gateway.TrySyncAsync();
                await _gateway.EvictAsync();
            }
        });

        for (var round = 2; round < 25; round++)
        {
            await _gateway.ResizeAsync(file, 50_000);
            await _gateway.ResizeAsync(file, 400_000);
            Assert.That(await _gateway.ReadAsync(file, 50_000, 350_000), Is.All.Zero, $"round {round}");
            await _gateway.WriteAsync(file, 0, Enumerable.Repeat((byte)round, 400_000).ToArray());
        }

        await stop.CancelAsync();
        await Task.WhenAll(reader, syncer);
        await _gateway.SyncAsync();
        Assert.That(await _gateway.StoredBytesAsync("f"), Has.Length.EqualTo(400_000).And.All.EqualTo(24));
    }

    [Test]
    [Covers("EC-39", "EC-46", "EC-223", "N-123")]
    public async Task StoreErrors_AreErrors_AndPass()
    {
        var file = await _gateway.MakeStoredFileAsync("f", Bytes(1000, 1));
        foreach (var (error, expected) in new[]
        {
            (global::Cas.Client.CasError.Unreachable, VfsError.Again), (global::Cas.Client.CasError.Unauthorized,
                VfsError.Again),
            (global::Cas.Client.CasError.Throttled, VfsError.Again), (global::Cas.Client.CasError.NotFound,
                VfsError.Io),
            (global::Cas.Client.CasError.Corrupt, VfsError.Io),
        })
        {
            _gateway.Faults.Fail(StoreCalls.Read, error);
            var reading = _gateway.Files.ReadAsync(Caller.Root, file, 0, 100, default).AsTask();
            // A store that fails in passing is asked again until the time is over.
            await Eventually.IsSoAsync(() =>
            {
                _clock.Advance(TimeSpan.FromSeconds(1));
                return reading.IsCompleted;
            });
            var read = await reading;
            Assert.That((read.Error, read.Data, read.Count), Is.EqualTo((expected, (object?)null, 0)),
                error.ToString());
            Assert.That(read.Object, Is.EqualTo(_gateway.Attributes(file)));
            _gateway.Faults.Heal();
        }

        Assert.That(await _gateway.ReadAllAsync(file), Is.EqualTo(Bytes(1000, 1)));
    }

    [Test]
    [Covers("EC-41", "EC-182")]
    public async Task StoreThatStalls_AnswersAgain_InTime_AndTheFetchGoesOn()
    {
        var file = await _gateway.MakeStoredFileAsync("f", Bytes(1000, 1));
        _gateway.Faults.Stall(StoreCalls.Read);
        var seen = _gateway.Faults.StallSeen;
        var read = _gateway.Files.ReadAsync(Caller.Root, file, 0, 100, default).AsTask();
        await seen.WaitAsync(TimeSpan.FromSeconds(30));

        _clock.Advance(TimeSpan.FromSeconds(9));
        Assert.That((await read.WaitAsync(TimeSpan.FromSeconds(30))).Error, Is.EqualTo(VfsError.Again));

        _gateway.Faults.Heal();
        Assert.That(await _gateway.ReadAllAsync(file), Is.EqualTo(Bytes(1000, 1)));
        Assert.That(_gateway.Faults.Count(StoreCalls.Read), Is.EqualTo(1), "the first fetch served both");
    }

    /// <summary>Cached bytes of which the database knows.</summary>
    private long SavedBytes()
    {
        using var database = SystemSqlite.Open(Path.Combine(_gateway.StatePath, "state.db"));
        using var command = database.CreateCommand();
        command.CommandText = "SELECT coalesce(sum(covered),0) FROM content WHERE trusted";
        return (long)command.ExecuteScalar()!;
    }

    private static byte[] Bytes(int length, int seed)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
