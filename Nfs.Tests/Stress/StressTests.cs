using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Vfs.Core;

namespace Nfs.Tests.Stress;

// Many users at once, with flushes and evictions underneath and, in the chaos variants, with a store that stalls, fails
// and lies and a clock that jumps. If this fails, somebody's bytes are where another's should be, or old, or gone.
// NFSGW_STRESS_OPERATIONS sets how much each user does (2000 for the whole), NFSGW_STRESS_SEED repeats it.
[TestFixture]
internal sealed class StressTests
{
    private const int OperationsDefault = 200;
    private const int Files = 64;
    private const int Slots = 32;

    private readonly int _operations = Setting.Of("NFSGW_STRESS_OPERATIONS", OperationsDefault);
    private readonly int _seed = Setting.Of("NFSGW_STRESS_SEED", Environment.TickCount & 0xFF_FFFF);
    private readonly SettableClock _clock = new();
    private TestGateway _gateway = null!;

    [SetUp]
    public async Task StartAsync() =>
        _gateway = await TestGateway.StartAsync(TestGateway.Quiet with { ContentsMax = Files / 4 }, _clock);

    [TearDown]
    public async Task StopAsync() => await _gateway.DisposeAsync();

    [Test]
    public async Task ManyFiles_EachIsWhatItsUserWrote([Values] bool isChaotic)
    {
        var counts = new WorkCounts();
        var (ids, workers, running) = (new InodeId[Files], new FileWorker[Files], new Task[Files]);
        for (var i = 0; i < Files; i++)
        {
            ids[i] = await _gateway.MakeFileAsync($"f{i}");
            workers[i] = new FileWorker(new LocalFileCalls(_gateway, ids[i]), _seed + i, counts);
        }

        for (var i = 0; i < Files; i++)
        {
            var worker = workers[i];
            running[i] = Task.Run(() => worker.RunAsync(_operations));
        }

        var chaos = await RunAsync(running, ids, isChaotic);

        Assert.That(counts.All, Is.EqualTo(Files * _operations));
        Assert.That(counts.Writes, Is.GreaterThan(counts.All / 3));
        Assert.That(counts.Reads, Is.GreaterThan(counts.All / 4));
        await AssertAsync(ids, i => workers[i].Bytes, chaos);
    }

    [Test]
    [Covers("N-122", "N-140")]
    public async Task OneFile_UsersWithSlotsOfTheirOwn_AreByteExact([Values] bool isChaotic)
    {
        var counts = new WorkCounts();
        var id = await _gateway.MakeFileAsync("f", new byte[SlotWorker.FileBytes(Slots)]);
        var calls = new LocalFileCalls(_gateway, id);
        var workers = Enumerable.Range(0, Slots)
            .Select(i => new SlotWorker(calls, i, Slots, _seed, counts)).ToArray();

        var chaos = await RunAsync(
            [.. workers.Select(worker => Task.Run(() => worker.RunAsync(_operations)))], [id], isChaotic);

        Assert.That(counts.All, Is.EqualTo(Slots * _operations));
        var whole = new byte[SlotWorker.FileBytes(Slots)];
        Array.ForEach(workers, worker => worker.CopyTo(whole));
        await AssertAsync([id], _ => whole, chaos);
    }

    private async Task<Chaos> RunAsync(Task[] running, InodeId[] ids, bool isChaotic)
    {
        var users = Task.WhenAll(running);
        var chaos = new Chaos(_gateway, ids, _seed);
        await (isChaotic ? chaos.RageAsync(users, _clock) : chaos.FlushAsync(users));
        await users;
        _gateway.Faults.Heal();
        return chaos;
    }

    /// <summary>Here, after a restart, and for a gateway that knows the store alone.</summary>
    private async Task AssertAsync(InodeId[] ids, Func<int, byte[]> expected, Chaos chaos)
    {
        for (var i = 0; i < ids.Length; i++)
        {
            Assert.That(await _gateway.ReadAllAsync(ids[i]), Is.EqualTo(expected(i)), $"seed {_seed}: file {i}");
        }

        Assert.That(
            chaos.Modes.Keys.Select(id => _gateway.Attributes(id).Mode), Is.EqualTo(chaos.Modes.Values), "modes");
        Assert.That(chaos.Syncs, Is.GreaterThan(0));
        Assert.That(chaos.EvictedBytes, Is.GreaterThan(0));
        Assert.That(_gateway.Faults.Count(StoreCalls.Compose), Is.GreaterThan(0));
        Assert.That(_gateway.Faults.BytesRead, Is.GreaterThan(0));
        TestContext.Out.WriteLine(
            $"seed {_seed}: {chaos.Syncs} syncs, {chaos.EvictedBytes} bytes evicted, {_gateway.Faults.BytesRead} read "
            + $"from the store, {_gateway.Faults.Count(StoreCalls.Compose)} composed");

        await _gateway.SyncAsync();
        var served = await TreeText.OfAsync(_gateway.Files);
        await _gateway.ReopenAsync();
        Assert.That(await TreeText.OfAsync(_gateway.Files), Is.EqualTo(served), $"seed {_seed}: after a restart");
        await using var second = await TestGateway.StartAsync(_gateway.Memory, null);
        Assert.That(await TreeText.OfAsync(second.Files), Is.EqualTo(served), $"seed {_seed}: from the store");
    }
}
