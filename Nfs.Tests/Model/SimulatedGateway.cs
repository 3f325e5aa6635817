using Microsoft.Extensions.Logging.Abstractions;
using Nfs.Tests.Fixtures;
using Nfs.Tests.Model.Disk;
using Nfs.Tests.Model.Store;
using NUnit.Framework;
using Vfs.Core;

namespace Nfs.Tests.Model;

/// <summary>One life of the gateway: from the start on what the disk has to its end or its crash.</summary>
internal sealed class SimulatedGateway : IAsyncDisposable
{
    // Real time, and far more than anything takes: virtual time is what passes otherwise.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(3);
    private static readonly TimeSpan s_tick = TimeSpan.FromSeconds(1);

    private readonly TemporaryDirectory _directory;
    private readonly ManualClock _clock;
    private StateDirectory? _state;
    private GatewayFileSystem? _files;

    public SimulatedGateway(DiskImage image, InMemoryStore store, ManualClock clock)
    {
        // The simulated disk says what is durable; the real one only has to be fast.
        const string Memory = "/dev/shm";
        _directory = Directory.Exists(Memory)
            ? new TemporaryDirectory(Directory.CreateDirectory($"{Memory}/nfsgw-{Guid.NewGuid():N}").FullName)
            : new TemporaryDirectory();
        _clock = clock;
        StatePath = _directory["state"];
        image.WriteTo(StatePath);
        Disk = new SimulatedDisk(StatePath, image);
        Store = new SimulatedStore(store, () => Disk.Crashed is not null);
    }

    public string StatePath { get; }

    public SimulatedDisk Disk { get; }

    public SimulatedStore Store { get; }

    public GatewayFileSystem Files => _files!;

    /// <summary>What a start after the crash finds.</summary>
    public DiskImage Crash()
    {
        var image = Disk.Crashed!;

        // Made once, with a sync before its name, before the gateway answers anything.
        image.Add("handle.key", File.ReadAllBytes(Path.Combine(StatePath, "handle.key")));
        return image;
    }

    public async Task StartAsync()
    {
        _state = StateDirectory.Open(StatePath);
        var options = new GatewayOptions
        {
            // Small, so that what does not fit in memory or in the cache is the common case.
            InodesMax = 8,
            ContentsMax = 3,
            CacheBytesMax = 100_000,
            ReadWaitMax = TimeSpan.FromSeconds(3),
            GiveUpAfter = TimeSpan.FromSeconds(8),
            StagingDisk = Disk,
            PollInterval = TimeSpan.FromSeconds(30),
        };
        _files = await WaitAsync(GatewayFileSystem.OpenAsync(
            _state, Store, options, _clock, NullLoggerFactory.Instance, default));
    }

    /// <summary>An orderly end; <see cref="StartAsync"/> may follow.</summary>
    public async Task StopAsync()
    {
        Disk.Fill(false);
        if (_files is { } files)
        {
            _files = null;
            await WaitAsync(files.DisposeAsync().AsTask(), () => false);
        }

        _state?.Dispose();
        _state = null;
    }

    /// <summary>Waits for something while virtual time passes, if what goes wrong gives it a reason to.</summary>
    public async Task<T> WaitAsync<T>(Task<T> task)
    {
        await WaitAsync(task, () => false);
        return await task;
    }

    /// <summary>As the other; false if it gave up before the end.</summary>
    public async Task<bool> WaitAsync(Task task, Func<bool> givesUp)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (await Task.WhenAny(task, Task.Delay(s_look)) != task)
        {
            if (givesUp())
            {
                return false;
            }

            if (Store.IsFaulty || Disk.IsFaulty || Disk.Crashed is not null)
            {
                _clock.Advance(s_tick);
            }

            Assert.That(
                TimeProvider.System.GetElapsedTime(started), Is.LessThan(s_patience), "R-9: something never ends");
        }

        return true;
    }

    /// <summary>Waits for what the gateway does by itself.</summary>
    public Task WaitUntilAsync(Func<bool> isSo) => WaitAsync(new TaskCompletionSource().Task, isSo);

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Disk.Dispose();
        _directory.Dispose();
    }
}
