using Nfs.Tests.Fixtures;
using NUnit.Framework;

namespace Nfs.Tests.EndToEnd;

/// <summary>
/// How a gateway ends. If these fail, a machine that shuts down loses what people saved a moment before, waits for a store
/// that is away until somebody pulls the plug, or tells its operator that all is well while files are on this disk alone.
/// </summary>
internal sealed class StopTests
{
    private const int FileBytes = 3_000_000;

    private static readonly string[] s_neverByItself = ["--flush-debounce", "1h", "--flush-max-age", "2h"];

    private TemporaryDirectory _directory = null!;

    [SetUp]
    public void SetUp() => _directory = new TemporaryDirectory();

    [TearDown]
    public void TearDown() => _directory.Dispose();

    [Test]
    [Covers("EC-232")]
    public async Task Stop_KeepsWhatIsNotInTheStore_AndSaysHowMuch()
    {
        using var gateway = await GatewayProcess.StartAsync(s_neverByItself);
        var first = await PutAsync(gateway, "/first", seed: 1);
        var second = await PutAsync(gateway, "/second", seed: 2);

        var report = await gateway.StopAsync();

        Assert.That(report, Does.Contain("2 files (5.72 MiB) are not in the store yet").And.Contain(gateway.State));
        await gateway.StartAgainAsync();
        var status = await gateway.StatusAsync();
        Assert.That((status.DirtyFiles, status.DirtyBytes), Is.EqualTo((2, 2UL * FileBytes)), "it is still known");
        await gateway.SyncAsync();
        Assert.That(await gateway.StopAsync(), Does.Contain("everything is in the store"));
        await ExpectInStoreAsync(gateway, ("/first", first), ("/second", second));
    }

    [Test]
    [Covers("EC-232", "EC-236")]
    public async Task Drain_PutsEverythingIntoTheStore()
    {
        using var gateway = await GatewayProcess.StartAsync(["--drain", "45s", .. s_neverByItself]);
        var file = await PutAsync(gateway, "/file", seed: 3);

        var report = await gateway.StopAsync();

        Assert.That(report, Does.Contain("everything is in the store"));
        await ExpectInStoreAsync(gateway, ("/file", file));
    }

    [Test]
    [Covers("EC-234", "EC-235")]
    public async Task Drain_IntoAStoreThatHangs_EndsAtItsLimit_AndLosesNothing()
    {
        using var gateway = await GatewayProcess.StartAsync(["--drain", "500ms", .. s_neverByItself]);
        var file = await PutAsync(gateway, "/file", seed: 4);

        using (await HangingDirectory.MountOverAsync(Uploads(gateway)))
        {
            Assert.That(await gateway.StopAsync(), Does.Contain("1 file (2.86 MiB) is not in the store yet"));
        }

        await gateway.StartAgainAsync();
        await gateway.SyncAsync();
        await gateway.StopAsync();
        await ExpectInStoreAsync(gateway, ("/file", file));
    }

    [Test]
    [Covers("EC-233", "EC-235")]
    public async Task SecondSignal_EndsADrain_AndLosesNothing()
    {
        using var gateway = await GatewayProcess.StartAsync(["--drain", "1h", .. s_neverByItself]);
        var file = await PutAsync(gateway, "/file", seed: 5);

        using (await HangingDirectory.MountOverAsync(Uploads(gateway)))
        {
            gateway.AskToStop();
            await gateway.UntilAsync(figures => figures is { Phase: "stopping", DirtyFiles: 1 });
            Assert.That(await gateway.StopAsync(), Does.Contain("1 file (2.86 MiB) is not in the store yet"));
        }

        await gateway.StartAgainAsync();
        Assert.That(await Libnfs.Sha256Async(gateway, "/file"), Is.EqualTo(file));
    }

    /// <summary>Where the store writes first. A database on a disk that hangs cannot be closed, not even by the kernel.</summary>
    private static string Uploads(GatewayProcess gateway) => Path.Combine(gateway.Store, "tmp");

    private async Task<string> PutAsync(GatewayProcess gateway, string path, int seed)
    {
        var hash = RandomFile.Write(_directory["source"], FileBytes, seed);
        await Libnfs.CopyAsync(_directory["source"], Libnfs.Url(gateway, path));
        return hash;
    }

    /// <summary>The gateway has stopped; a new state sees what the store has and nothing else.</summary>
    private static async Task ExpectInStoreAsync(GatewayProcess gateway, params (string Path, string Hash)[] files)
    {
        gateway.DeleteState();
        await gateway.StartAgainAsync();
        foreach (var (path, hash) in files)
        {
            Assert.That(await Libnfs.Sha256Async(gateway, path), Is.EqualTo(hash), path);
        }
    }
}
