using Cas.Client;
using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Vfs.Core;

namespace Nfs.Tests.Vfs.Content;

// What users do to a file while its bytes are on their way from the store counts, and readers do not wait for others.
[TestFixture]
internal sealed class FetchTests
{
    private const int Mebibyte = 1 << 20;
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

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
    [Covers("EC-32")]
    public async Task WriteIntoAHoleThatIsBeingFetched_Stays()
    {
        var bytes = RandomBytes.Of(100_000, 1);
        var file = await _gateway.MakeStoredFileAsync("f", bytes);
        var read = await StallReadAsync(file, 0, 100_000);

        await _gateway.WriteAsync(file, 40_000, RandomBytes.Of(10_000, 2));
        RandomBytes.Of(10_000, 2).CopyTo(bytes, 40_000);
        _gateway.Faults.Heal();

        Assert.That(await read.WaitAsync(s_limit), Is.EqualTo(bytes));
        Assert.That(await _gateway.ReadAllAsync(file), Is.EqualTo(bytes));
        await _gateway.SyncAsync();
        Assert.That(await _gateway.StoredBytesAsync("f"), Is.EqualTo(bytes));
    }

    [Test]
    [Covers("EC-33")]
    public async Task ShrinkAndGrowDuringAFetch_LeavesZeros()
    {
        var bytes = RandomBytes.Of(100_000, 1);
        var file = await _gateway.MakeStoredFileAsync("f", bytes);
        var read = await StallReadAsync(file, 0, 100_000);

        await _gateway.ResizeAsync(file, 30_000);
        await _gateway.ResizeAsync(file, 90_000);
        _gateway.Faults.Heal();
        await read.WaitAsync(s_limit);

        byte[] expected = [.. bytes[..30_000], .. new byte[60_000]];
        Assert.That(await _gateway.ReadAllAsync(file), Is.EqualTo(expected));
    }

    [Test]
    [Covers("EC-36")]
    public async Task HolesOfADirtyFile_AreFetchedOnce()
    {
        var bytes = RandomBytes.Of(100_000, 1);
        var file = await _gateway.MakeStoredFileAsync("f", bytes);
        await _gateway.WriteAsync(file, 50_000, [1, 2, 3]);
        new byte[] { 1, 2, 3 }.CopyTo(bytes, 50_000);

        Assert.That(await _gateway.ReadAllAsync(file), Is.EqualTo(bytes));
        var fetched = _gateway.Faults.Count(StoreCalls.Read);
        Assert.That(await _gateway.ReadAllAsync(file), Is.EqualTo(bytes));
        Assert.That(_gateway.Faults.Count(StoreCalls.Read), Is.EqualTo(fetched));
    }

    [Test]
    [Covers("EC-159")]
    public async Task FetchThatFailsHalfWay_StartsOver()
    {
        var bytes = RandomBytes.Of(3 * Mebibyte, 1);
        var file = await _gateway.MakeStoredFileAsync("f", bytes);
        await _gateway.ReopenAsync(TestGateway.Quiet with { ReadWaitMax = TimeSpan.FromSeconds(1) });
        await _gateway.ReadAsync(file, Mebibyte, 1000);
        _gateway.Faults.FailAfterEffect(StoreCalls.Read, CasError.Unreachable);

        var failed = await _gateway.Files.ReadAsync(Caller.Root, file, 0, bytes.Length, default);

        Assert.That((failed.Error, failed.Count), Is.EqualTo((VfsError.Again, 0)));
        _gateway.Faults.Heal();
        Assert.That((await _gateway.ReadAllAsync(file)).AsSpan().SequenceEqual(bytes), Is.True);
    }

    [Test]
    [Covers("EC-172", "EC-173")]
    public async Task ReadersOfDifferentRegions_FetchAtTheSameTime()
    {
        var bytes = RandomBytes.Of(16 * Mebibyte, 1);
        var file = await _gateway.MakeStoredFileAsync("f", bytes);
        _gateway.Faults.Stall(StoreCalls.Read);

        var readers = Enumerable.Range(0, 8).Select(
            i => Task.Run(() => _gateway.ReadAsync(file, (ulong)(2 * i * Mebibyte), 1000))).ToList();
        await Eventually.IsSoAsync(() => _gateway.Faults.Count(StoreCalls.Read) >= 8);
        _gateway.Faults.Heal();

        for (var i = 0; i < 8; i++)
        {
            var start = 2 * i * Mebibyte;
            Assert.That(await readers[i].WaitAsync(s_limit), Is.EqualTo(bytes[start..(start + 1000)]));
        }
    }

    /// <summary>A read whose fetch hangs in the store.</summary>
    private async Task<Task<byte[]>> StallReadAsync(InodeId file, ulong offset, int count)
    {
        _gateway.Faults.Stall(StoreCalls.Read);
        var seen = _gateway.Faults.StallSeen;
        var read = _gateway.ReadAsync(file, offset, count);
        await seen.WaitAsync(s_limit);
        return read;
    }
}
