using System.Net;
using Nfs.Tests.Fixtures;
using NUnit.Framework;

namespace Nfs.Tests.EndToEnd.Kills;

// kill -9 of the real gateway on a real disk under a load from several clients, which go on by themselves as kernels'
// do. If this fails, a crash costs users what their programs were told is safe, or makes those programs fail.
// NFSGW_KILLS sets how often (200 in .ci/run), NFSGW_KILL_SEED repeats what is done, though not its timing.
[TestFixture]
internal sealed class GatewayKillTests
{
    private const int KillsDefault = 6;
    private const int Clients = 4;
    private const int WorkersOfAClient = 2;

    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(2);

    private readonly int _kills = Setting.Of("NFSGW_KILLS", KillsDefault);
    private readonly int _seed = Setting.Of("NFSGW_KILL_SEED", Environment.TickCount & 0xFF_FFFF);
    private readonly Dictionary<string, int> _counts = [];
    private readonly Incarnations _incarnations = new();
    private readonly List<NfsMount> _mounts = [];
    private readonly List<LoadWorker> _workers = [];
    private Random _random = null!;
    private GatewayProcess _gateway = null!;

    [SetUp]
    public async Task StartAsync()
    {
        _random = new Random(_seed);

        // Files go to the store all the time.
        _gateway = await GatewayProcess.StartAsync("--flush-debounce", "50ms", "--flush-max-age", "200ms");
    }

    [TearDown]
    public async Task EndAsync()
    {
        foreach (var mount in _mounts)
        {
            await mount.DisposeAsync();
        }

        _gateway.Dispose();
    }

    [Test]
    [Covers("R-1", "R-3", "R-4", "R-5", "R-6", "R-7", "R-9", "N-127", "N-129", "N-153")]
    public async Task Gateway_KilledUnderLoad_KeepsWhatItAcknowledgedAndClientsGoOn()
    {
        await StartWorkersAsync();
        using var stop = new CancellationTokenSource();
        var working = _workers.ConvertAll(worker => worker.RunAsync(stop.Token));
        for (var kill = 0; kill < _kills; kill++)
        {
            var evicting = _random.Next(4) == 0 ? await StartEvictingAsync(working) : Task.CompletedTask;
            await UntilAsync(_random.Next(8) == 0
                ? Task.Delay(_random.Next(500))
                : _incarnations.ProgressAsync(_random.Next(1, 400)), working);
            _incarnations.Ending();
            await _gateway.KillAsync();
            _incarnations.Ended();
            _gateway.Launch();
            await evicting;
        }

        await UntilAsync(_incarnations.ProgressAsync(1000), working);
        await stop.CancelAsync();
        await UntilAsync(Task.WhenAll(working), working);
        await UntilAsync(Task.WhenAll(_workers.Select(worker => worker.FinishAsync())), working);
        await AssertStoreHasAllAsync();
        Report();
    }

    private async Task StartWorkersAsync()
    {
        for (var client = 0; client < Clients; client++)
        {
            _mounts.Add(await NfsMount.StartAsync(_gateway.Port, new IPAddress([127, 0, 0, (byte)(2 + client)])));
        }

        var shared = await _mounts[0].MkdirAsync(_mounts[0].Root, "shared");
        for (var number = 0; number < Clients * WorkersOfAClient; number++)
        {
            var worker = new LoadWorker(_mounts[number % Clients], _incarnations, number, _seed, _counts);
            await worker.StartAsync(shared);
            _workers.Add(worker);
        }
    }

    /// <summary>Drops from the cache what the store has too; the gateway may be gone before it can.</summary>
    private async Task<Task> StartEvictingAsync(List<Task> working)
    {
        await UntilAsync(_incarnations.ProgressAsync(_random.Next(1, 400)), working);
        return ChildProcess.RunAsync(Repository.Gateway, ["evict", "--state", _gateway.State], s_deadline);
    }

    /// <summary>Waits for what is to come, and fails with the first worker that fails.</summary>
    private async Task UntilAsync(Task coming, List<Task> working)
    {
        var limit = Task.Delay(s_deadline);
        List<Task> left = [.. working.Where(task => !task.IsCompletedSuccessfully)];
        while (!coming.IsCompleted)
        {
            var first = await Task.WhenAny([coming, limit, .. left]);
            Assert.That(first, Is.Not.SameAs(limit), () => $"seed {_seed}: no progress; the gateway: {_gateway.Log}");
            if (first.IsFaulted)
            {
                TestContext.Out.WriteLine($"seed {_seed}; the gateway: {_gateway.Log}");
                await first;
            }

            left.Remove(first);
        }

        await coming;
    }

    private async Task AssertStoreHasAllAsync()
    {
        await _gateway.UntilReadyAsync();
        await _gateway.SyncAsync();
        var served = await TreeAsync();
        await _gateway.StopAsync();
        await AssertCleanAsync();

        _gateway.DeleteState();
        await _gateway.StartAgainAsync();
        Assert.That(await TreeAsync(), Is.EqualTo(served), $"R-7: an empty state on the same store; seed {_seed}");
        await _gateway.StopAsync();
    }

    private async Task<string> TreeAsync()
    {
        await using var mount = await NfsMount.StartAsync(_gateway.Port);
        return await WireTree.OfAsync(mount);
    }

    private async Task AssertCleanAsync()
    {
        var check = await ChildProcess.RunAsync(
            Repository.Gateway, ["store", "check", "--store", _gateway.StoreUrl], s_deadline);
        Assert.That(check.ExitCode, Is.Zero, $"seed {_seed}: {check.Output}{check.Error}");
        Assert.That(check.Lines[^1], Does.StartWith("clean"), $"seed {_seed}");
    }

    private void Report()
    {
        var verified = _workers.Sum(worker => worker.Verifications);
        TestContext.Out.WriteLine(
            $"seed {_seed}: {_kills} kills, {verified} verifications by {_workers.Count} workers, "
            + string.Join(", ", _counts.OrderBy(c => c.Key, StringComparer.Ordinal).Select(c => $"{c.Value} {c.Key}")));

        // A kill may come before a worker has looked at everything; most must not.
        Assert.That(verified, Is.GreaterThan(_kills * _workers.Count / 3));
        Assert.That(_counts.GetValueOrDefault("send again"), Is.GreaterThan(0), "unstable writes that were lost");
    }
}
