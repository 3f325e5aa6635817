using Microsoft.Extensions.Logging.Abstractions;
using Nfs.Tests.Fixtures;
using Nfs.Tests.Vfs.Sync;
using NUnit.Framework;
using Vfs.Core;
using XetHub.Http;

namespace Nfs.Tests.Hub;

// What a gateway asks of a bucket that nobody changes is paid for by everybody who uses the Hub.
[TestFixture]
internal sealed class HubPollingTests
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_step = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    [Test]
    [Covers("EC-145", "EC-146")]
    public async Task IdleGateway_AsksOnceAnInterval()
    {
        const int Polls = 10;
        await using var hub = await TestHub.StartAsync();
        await hub.AddEmptyAsync("a", "d/b");
        var clock = new ManualClock();
        using var directory = new TemporaryDirectory();
        using var state = StateDirectory.Open(directory["state"]);
        await using var store = await hub.OpenStoreAsync();
        await using var files = await GatewayFileSystem.OpenAsync(
            state, store, new GatewayOptions { PollInterval = s_interval }, clock, NullLoggerFactory.Instance, default);
        await PassAsync(hub, clock, 3);
        hub.Server.Counts.Clear();

        var passed = await PassAsync(hub, clock, Polls);

        var counts = hub.Server.Counts.Copy();
        Assert.That(counts.Keys, Is.EqualTo(new[] { RequestKind.Info }), "one small question, and nothing else");
        Assert.That(counts[RequestKind.Info].Requests, Is.EqualTo(Polls));
        Assert.That(passed, Is.GreaterThanOrEqualTo((Polls - 1) * s_interval));
    }

    [Test]
    [Covers("EC-217")]
    public async Task FolderThatIsNotThere_IsEmpty_AndCanBeWrittenTo()
    {
        await using var hub = await TestHub.StartAsync();
        await hub.AddEmptyAsync("some/missin", "some/missing.txt");
        await using var gateway = await SharingGateway.StartAsync(
            await hub.OpenStoreAsync($"hf://buckets/{TestHub.Bucket}/some/missing"), "here");
        Assert.That(await gateway.AllAsync(), Is.Empty);
        await gateway.AskAsync();
        Assert.That(await gateway.AllAsync(), Is.Empty);

        var made = await gateway.Files.CreateAsync(
            Caller.Root, InodeId.Root, FileName.From("f"), CreateMode.Guarded, default, 0, default);
        Assert.That(made.Error, Is.EqualTo(VfsError.None));
        Assert.That(await gateway.SendAsync(), Is.True);

        await using var store = await hub.OpenStoreAsync();
        Assert.That((await store.Tree.LookupAsync("some/missing/f"u8.ToArray(), default)).Value, Is.Not.Null);
    }

    [Test]
    public async Task FolderThatOthersEmptied_IsGone_AndOneMadeHereStays()
    {
        await using var hub = await TestHub.StartAsync();
        await hub.AddEmptyAsync("d/e/f", "d/e/g");
        await using var gateway = await SharingGateway.StartAsync(await hub.OpenStoreAsync(), "here");
        await gateway.Files.MakeDirectoryAsync(Caller.Root, InodeId.Root, FileName.From("mine"), default, default);
        Assert.That(await gateway.SendAsync(), Is.True);
        await hub.BatchAsync("""{"type":"deleteFile","path":"d/e/f"}""", """{"type":"deleteFile","path":"d/e/g"}""");

        await gateway.AskAsync();

        Assert.That(gateway.Find("d"), Is.Null);
        Assert.That(gateway.Find("mine"), Is.Not.Null);
    }

    /// <summary>Lets time pass until the hub was asked so often; how much passed.</summary>
    private static async Task<TimeSpan> PassAsync(TestHub hub, ManualClock clock, int requests)
    {
        var passed = TimeSpan.Zero;
        var started = TimeProvider.System.GetTimestamp();
        var before = hub.Server.Counts[RequestKind.Info].Requests;
        while (hub.Server.Counts[RequestKind.Info].Requests < before + requests)
        {
            clock.Advance(s_step);
            passed += s_step;

            // The answer takes real time; nothing is measured by it.
            await Task.Delay(TimeSpan.FromMilliseconds(10));
            Assert.That(TimeProvider.System.GetElapsedTime(started), Is.LessThan(s_patience), "nothing is asked");
        }

        return passed;
    }
}
