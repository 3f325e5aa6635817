using Nfs.Tests.Fixtures;
using Nfs.Tests.Hub;
using NUnit.Framework;
using XetHub.Faults;

namespace Nfs.Tests.EndToEnd.Hub;

// The real program in front of a bucket. If these fail, files that people put into a mount are not in the bucket, or
// those of the bucket are not in the mount.
internal sealed class HubGatewayTests
{
    private TestHub _hub = null!;
    private TemporaryDirectory _files = null!;

    [SetUp]
    public async Task SetUpAsync()
    {
        _hub = await TestHub.StartAsync();
        _files = new TemporaryDirectory();
    }

    [TearDown]
    public async Task TearDownAsync()
    {
        _files.Dispose();
        await _hub.DisposeAsync();
    }

    [Test]
    public async Task Bucket_GoesBothWays_AndIsAllThereForANewState()
    {
        var theirs = RandomFile.Write(_files["theirs"], 3_000_000, seed: 40);
        var ours = RandomFile.Write(_files["ours"], 2_000_000, seed: 41);
        await PutAsync("dir/theirs", await File.ReadAllBytesAsync(_files["theirs"]));
        using var gateway = await StartAsync();

        Assert.That(await Libnfs.Sha256Async(gateway, "/dir/theirs"), Is.EqualTo(theirs));
        await Libnfs.CopyAsync(_files["ours"], Libnfs.Url(gateway, "/dir/ours"));
        await gateway.SyncAsync();
        await gateway.StopAsync();
        gateway.DeleteState();
        await gateway.StartAgainAsync();

        Assert.That(await Libnfs.Sha256Async(gateway, "/dir/theirs"), Is.EqualTo(theirs));
        Assert.That(await Libnfs.Sha256Async(gateway, "/dir/ours"), Is.EqualTo(ours));
    }

    [Test]
    public async Task NewFile_OpensAtOnce_LongBeforeTheNextPoll()
    {
        var theirs = RandomFile.Write(_files["theirs"], 1_000_000, seed: 44);
        using var gateway = await StartAsync("--poll", "1h");

        await PutAsync("theirs", await File.ReadAllBytesAsync(_files["theirs"]));

        Assert.That(await Libnfs.Sha256Async(gateway, "/theirs"), Is.EqualTo(theirs));
    }

    [Test]
    public async Task HubAway_WhatIsHereIsServedAndTheRestIsSentLater()
    {
        var theirs = RandomFile.Write(_files["theirs"], 1_000_000, seed: 42);
        RandomFile.Write(_files["ours"], 500_000, seed: 43);
        await PutAsync("theirs", await File.ReadAllBytesAsync(_files["theirs"]));
        using var gateway = await StartAsync();
        Assert.That(await Libnfs.Sha256Async(gateway, "/theirs"), Is.EqualTo(theirs));

        _hub.Server.Faults.Add(new Fault { Drop = true });
        Assert.That(await Libnfs.Sha256Async(gateway, "/theirs"), Is.EqualTo(theirs));
        await Libnfs.CopyAsync(_files["ours"], Libnfs.Url(gateway, "/ours"));
        await gateway.StopAsync();
        await gateway.StartAgainAsync();
        Assert.That(await Libnfs.Sha256Async(gateway, "/theirs"), Is.EqualTo(theirs), "restarted while it is away");
        await gateway.KillAsync();
        await gateway.StartAgainAsync();
        _hub.Server.Faults.Clear();
        await gateway.SyncAsync();

        await using var store = await _hub.OpenStoreAsync();
        var found = (await store.Tree.LookupAsync("ours"u8.ToArray(), default)).Value!.Entry.Content;
        var bytes = new byte[found.Size];
        Assert.That((await store.Content.ReadAsync(found, 0, bytes, default)).IsOk, Is.True);
        var expected = await File.ReadAllBytesAsync(_files["ours"]);
        Assert.That(bytes.AsSpan().SequenceEqual(expected), Is.True);
    }

    private Task<GatewayProcess> StartAsync(params string[] options) => GatewayProcess.StartOnAsync(
        $"hf://buckets/{TestHub.Bucket}",
        ["--hub-endpoint", _hub.Server.Url, "--flush-debounce", "50ms", .. options]);

    private async Task PutAsync(string path, byte[] bytes)
    {
        await using var store = await _hub.OpenStoreAsync();
        await store.PutAsync(path, bytes);
    }
}
