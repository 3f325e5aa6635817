using Cas.Client;
using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Vfs.Core;

namespace Nfs.Tests.Vfs.Sync;

// While a file is on its way to the store, users go on working with it: what arrives there must be a file that
// existed, and what they do meanwhile must arrive too.
[TestFixture]
internal sealed class FlushTests
{
    private const StoreCalls Sending = StoreCalls.Put | StoreCalls.Compose;

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
    [Covers("EC-30", "EC-75", "EC-85", "EC-92", "EC-97", "N-122")]
    public async Task WritesDuringAFlush_DoNotWait_AndAreNotMixedIn([Values] bool isNew)
    {
        var bytes = Bytes(500_000, 1);
        var file = isNew ? await _gateway.MakeFileAsync("f", bytes) : await _gateway.MakeStoredFileAsync("f", bytes);
        await _gateway.WriteAsync(file, 1000, Bytes(100_000, 2));
        Bytes(100_000, 2).CopyTo(bytes, 1000);
        var frozen = bytes.ToArray();

        var sync = await StallSyncAsync();
        foreach (var at in new[] { 0, 900, 50_000, 100_990, 300_000, 499_990 })
        {
            await _gateway.WriteAsync(file, (ulong)at, Bytes(200, at), Stability.FileSync);
            Array.Resize(ref bytes, Math.Max(bytes.Length, at + 200));
            Bytes(200, at).CopyTo(bytes, at);
        }

        // Twice over the same bytes: what is saved aside is the first, not the second.
        await _gateway.WriteAsync(file, 50_000, Bytes(300, 9));
        Bytes(300, 9).CopyTo(bytes, 50_000);
        Assert.That((await _gateway.ReadAllAsync(file)).AsSpan().SequenceEqual(bytes), Is.True);

        // The first commit may only say what was frozen.
        _gateway.Faults.Heal();
        await sync;
        Assert.That((await _gateway.StoredBytesAsync("f")).AsSpan().SequenceEqual(frozen), Is.True);
        Assert.That(_gateway.Files.GetStatus().DirtyBytes, Is.GreaterThan(0));

        await _gateway.SyncAsync();
        Assert.That((await _gateway.StoredBytesAsync("f")).AsSpan().SequenceEqual(bytes), Is.True);
        await _gateway.EvictAsync();
        Assert.That((await _gateway.ReadAllAsync(file)).AsSpan().SequenceEqual(bytes), Is.True);
    }

    [Test]
    [Covers("EC-70")]
    public async Task TruncateDuringAFlush_StoresFirstTheOldFileAndThenTheNew(
        [Values(0, 1, 50_000, 250_000)] int size, [Values] bool growsAgain, [Values] bool fails)
    {
        var bytes = Bytes(300_000, 1);
        var file = await _gateway.MakeStoredFileAsync("f", bytes);
        await _gateway.WriteAsync(file, 40_000, Bytes(200_000, 2));
        Bytes(200_000, 2).CopyTo(bytes, 40_000);

        var sync = await StallSyncAsync();
        await _gateway.ResizeAsync(file, (ulong)size);
        var expected = bytes[..size];
        if (growsAgain)
        {
            await _gateway.ResizeAsync(file, 280_000);
            await _gateway.WriteAsync(file, 270_000, Bytes(10, 3));
            Array.Resize(ref expected, 280_000);
            Bytes(10, 3).CopyTo(expected, 270_000);
        }

        if (fails)
        {
            _gateway.Faults.Fail(Sending, CasError.Unreachable);
        }

        await HealAsync(sync, fails);

        if (!fails)
        {
            Assert.That((await _gateway.StoredBytesAsync("f")).AsSpan().SequenceEqual(bytes), Is.True);
        }

        Assert.That((await _gateway.ReadAllAsync(file)).AsSpan().SequenceEqual(expected), Is.True);
        await _gateway.SyncAsync();
        Assert.That((await _gateway.StoredBytesAsync("f")).AsSpan().SequenceEqual(expected), Is.True);
        await _gateway.EvictAsync();
        Assert.That((await _gateway.ReadAllAsync(file)).AsSpan().SequenceEqual(expected), Is.True);
    }

    [Test]
    [Covers("EC-71")]
    public async Task UnlinkDuringAFlush_LeavesNothingInTheStore()
    {
        await _gateway.MakeFileAsync("f", Bytes(1000, 1));
        await _gateway.MakeFileAsync("other", Bytes(1000, 2));

        var sync = await StallSyncAsync();
        await _gateway.RemoveAsync("f");
        _gateway.Faults.Heal();
        await sync;
        await _gateway.SyncAsync();

        Assert.That(await _gateway.StoredPathsAsync(), Is.EqualTo(new[] { "other" }));
        Assert.That(_gateway.Files.GetStatus().DirtyBytes, Is.Zero);
    }

    [Test]
    [Covers("EC-72", "N-174")]
    public async Task RenameDuringAFlush_LeavesTheNewPathOnly([Values] bool isStored)
    {
        var file = isStored
            ? await _gateway.MakeStoredFileAsync("old", Bytes(1000, 1))
            : await _gateway.MakeFileAsync("old", Bytes(1000, 1));
        await _gateway.WriteAsync(file, 500, Bytes(10, 2));

        var sync = await StallSyncAsync();
        await _gateway.RenameAsync("old", "new");
        _gateway.Faults.Heal();
        await sync;
        await _gateway.SyncAsync();

        Assert.That(await _gateway.StoredPathsAsync(), Is.EqualTo(new[] { "new" }));
        Assert.That(await _gateway.StoredBytesAsync("new"), Is.EqualTo(await _gateway.ReadAllAsync(file)));
    }

    [Test]
    [Covers("EC-56", "EC-58")]
    public async Task FileThatFails_DoesNotHoldUpOthers()
    {
        var bad = await _gateway.MakeFileAsync("bad", Bytes(1000, 1));
        await _gateway.SyncAsync();
        await _gateway.WriteAsync(bad, 0, Bytes(10, 2));
        _gateway.Faults.Fail(StoreCalls.Compose, CasError.Corrupt);
        for (var i = 0; i < 20; i++)
        {
            await _gateway.MakeFileAsync($"good{i}", Bytes(100, i));
        }

        var failures = await _gateway.TrySyncAsync();

        Assert.That(failures.Select(f => f.Path), Is.EqualTo(new[] { "bad" }));
        for (var i = 0; i < 20; i++)
        {
            Assert.That(await _gateway.StoredBytesAsync($"good{i}"), Is.EqualTo(Bytes(100, i)));
        }

        _gateway.Faults.Heal();
        await _gateway.SyncAsync();
        Assert.That(await _gateway.StoredBytesAsync("bad"), Is.EqualTo(await _gateway.ReadAllAsync(bad)));
    }

    [Test]
    [Covers("EC-63")]
    public async Task FailedFlush_IsRetriedByItself()
    {
        await _gateway.ReopenAsync(new GatewayOptions { FlushDebounce = TimeSpan.Zero });
        _gateway.Faults.Fail(Sending, CasError.Unreachable);
        await _gateway.MakeFileAsync("f", Bytes(1000, 1));
        await Eventually.IsSoAsync(() => _gateway.Faults.Count(Sending) >= 2);

        _gateway.Faults.Heal();

        await Eventually.IsSoAsync(() => _gateway.Files.GetStatus().QueueLength == 0);
        Assert.That(await _gateway.StoredBytesAsync("f"), Is.EqualTo(Bytes(1000, 1)));
    }

    [Test]
    public async Task ErrorAfterTheEffect_IsRetried_AndTheTreesAgree()
    {
        foreach (var call in new[] { StoreCalls.Put, StoreCalls.Compose, StoreCalls.Commit })
        {
            var file = await _gateway.MakeStoredFileAsync($"f{call}", Bytes(1000, 1));
            await _gateway.WriteAsync(file, 10, Bytes(10, 2));
            await _gateway.MakeFileAsync($"new{call}", Bytes(1000, 3));
            _gateway.Faults.FailOnceAfterEffect(call, CasError.Unreachable);
            await _gateway.TrySyncAsync();
            await _gateway.SyncAsync();

            Assert.That(await _gateway.StoredBytesAsync($"f{call}"), Is.EqualTo(await _gateway.ReadAllAsync(file)));
            Assert.That(await _gateway.StoredBytesAsync($"new{call}"), Is.EqualTo(Bytes(1000, 3)));
        }
    }

    [Test]
    public async Task CommitOfUnknownOutcome_ThenAnotherChange_StillArrives()
    {
        var file = await _gateway.MakeStoredFileAsync("f", Bytes(1000, 1));
        await _gateway.WriteAsync(file, 10, Bytes(10, 2));
        _gateway.Faults.FailOnceAfterEffect(StoreCalls.Commit, CasError.Unreachable);
        Assert.That(await _gateway.TrySyncAsync(), Is.Not.Empty);

        // The store has our change and we do not know; now it is not what we want to write any more.
        await _gateway.WriteAsync(file, 20, Bytes(10, 3));
        await _gateway.SyncAsync();

        Assert.That(await _gateway.StoredBytesAsync("f"), Is.EqualTo(await _gateway.ReadAllAsync(file)));
    }

    [Test]
    public async Task WriteWhileAnotherMarksFlushRuns_IsNotForgotten()
    {
        // The name's mark has the file sent; the write's own mark meets that flush and must not take it for its own.
        await _gateway.ReopenAsync(new GatewayOptions { FlushDebounce = TimeSpan.Zero });
        _gateway.Faults.Stall(Sending);
        var seen = _gateway.Faults.StallSeen;
        var file = await _gateway.MakeFileAsync("f", Bytes(1000, 1));
        await seen.WaitAsync(TimeSpan.FromSeconds(30));
        for (var i = 0; i < 20; i++)
        {
            await _gateway.WriteAsync(file, (ulong)i * 50, Bytes(10, i), Stability.FileSync);
        }

        await _gateway.RenameAsync("f", "g");
        var sync = _gateway.TrySyncAsync();
        _gateway.Faults.Heal();
        await sync;

        await Eventually.IsSoAsync(() => _gateway.Files.GetStatus().QueueLength == 0);
        Assert.That(_gateway.Files.GetStatus().DirtyBytes, Is.Zero, "nothing is queued, so nothing may be dirty");
        Assert.That(await _gateway.StoredBytesAsync("g"), Is.EqualTo(await _gateway.ReadAllAsync(file)));
    }

    [Test]
    public async Task StoreThatThrows_LosesNothing()
    {
        var bytes = Bytes(1000, 1);
        var file = await _gateway.MakeStoredFileAsync("f", bytes);
        await _gateway.WriteAsync(file, 100, Bytes(50, 2));
        Bytes(50, 2).CopyTo(bytes, 100);
        _gateway.Faults.ThrowOnce(StoreCalls.Compose);
        Assert.That(await _gateway.TrySyncAsync(), Is.Not.Empty);

        await _gateway.WriteAsync(file, 500, Bytes(50, 3));
        Bytes(50, 3).CopyTo(bytes, 500);
        await _gateway.SyncAsync();

        Assert.That(await _gateway.StoredBytesAsync("f"), Is.EqualTo(bytes));
    }

    [Test]
    [Covers("EC-232", "EC-234")]
    public async Task StopWhileTheStoreStalls_EndsSoon_AndLosesNothing(
        [Values(StoreCalls.Put, StoreCalls.Compose, StoreCalls.Commit, StoreCalls.Read)] StoreCalls call)
    {
        var bytes = Bytes(100_000, 1);
        var file = await _gateway.MakeStoredFileAsync("f", bytes);
        await _gateway.WriteAsync(file, 0, Bytes(10, 2), Stability.FileSync);
        Bytes(10, 2).CopyTo(bytes, 0);
        var added = call == StoreCalls.Put ? await _gateway.MakeFileAsync("new", Bytes(10, 3)) : default;
        _gateway.Faults.Stall(call);
        var seen = _gateway.Faults.StallSeen;
        var sync = _gateway.Files.SyncAsync(default, default);
        var read = _gateway.Files.ReadAsync(Caller.Root, file, 50_000, 10, default).AsTask();
        await seen.WaitAsync(TimeSpan.FromSeconds(30));

        await _gateway.CloseAsync().WaitAsync(TimeSpan.FromSeconds(30));

        _gateway.Faults.Heal();
        await _gateway.StartAgainAsync();
        await _gateway.SyncAsync();
        Assert.That(await _gateway.ReadAllAsync(file), Is.EqualTo(bytes));
        Assert.That(await _gateway.StoredBytesAsync("f"), Is.EqualTo(bytes));
        Assert.That(added == default || (await _gateway.StoredBytesAsync("new"))!.Length == 10, Is.True);
        _ = (sync, read);
    }

    private static byte[] Bytes(int length, int seed)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    /// <summary>A sync that hangs in the store with its snapshot taken.</summary>
    private async Task<Task> StallSyncAsync()
    {
        _gateway.Faults.Stall(Sending);
        var seen = _gateway.Faults.StallSeen;
        var sync = _gateway.Files.SyncAsync(default, default);
        await seen.WaitAsync(TimeSpan.FromSeconds(30));
        return sync;
    }

    private async Task HealAsync(Task sync, bool fails)
    {
        if (fails)
        {
            _gateway.Faults.Resume();
            await sync;
        }

        _gateway.Faults.Heal();
        await sync;
    }
}
