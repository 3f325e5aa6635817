using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Vfs.Core;
using XetHub.Faults;
using XetHub.Http;

namespace Nfs.Tests.Hub;

// A hub that is away, or one half of it, or that does not take the token any more, while clients go on. If these fail, an
// outage reaches people who work with what is here, or their work stays here when it is over.
[TestFixture]
internal sealed class OutageTests
{
    private const int SecondsDefault = 4;
    private const int Length = 300_000;

    private static readonly RequestKind[] s_contentHalf =
    [
        RequestKind.Reconstruct, RequestKind.Fetch, RequestKind.Xorb, RequestKind.Shard, RequestKind.Chunk,
    ];

    private static IEnumerable<TestCaseData> Outages() =>
    [
        new TestCaseData(new Fault { Drop = true }).SetArgDisplayNames("away"),
        new TestCaseData(new Fault { Drop = true, Kinds = s_contentHalf }).SetArgDisplayNames("its content is away"),
        new TestCaseData(new Fault { Status = 401 }).SetArgDisplayNames("the token has expired"),
    ];

    /// <summary>NFSGW_OUTAGE_SECONDS makes it longer.</summary>
    [TestCaseSource(nameof(Outages))]
    [Covers("EC-223")]
    public async Task ClientsGoOn_AndAllIsSentAfterwards(Fault fault)
    {
        await using var hub = await TestHub.StartAsync();
        var warm = await hub.PutAsync("warm", Length, 1);
        var cold = await hub.PutAsync("cold", Length, 2);
        await using var gateway = await HubFiles.StartAsync(hub, TimeSpan.FromMilliseconds(20));
        Assert.That((await gateway.ReadAsync("warm", Length)).Error, Is.EqualTo(VfsError.None));

        List<(string Name, byte[] Bytes)> all = [("warm", warm), ("cold", cold)];
        var since = DateTimeOffset.UtcNow;
        hub.Server.Faults.Add(fault);
        await WorkAsync(gateway, all, until: since + TimeSpan.FromSeconds(Setting.Of("NFSGW_OUTAGE_SECONDS", SecondsDefault)));
        await Eventually.IsSoAsync(() => !gateway.Files.GetStatus().StoreReachable);
        var status = gateway.Files.GetStatus();
        await WorkAsync(gateway, all, until: DateTimeOffset.UtcNow + TimeSpan.FromSeconds(3));
        Assert.That(gateway.Files.GetStatus().StoreSince, Is.EqualTo(status.StoreSince).And.GreaterThan(since));
        Assert.That(gateway.Files.GetStatus().LastFailure, Is.Not.Null.And.Not.Empty);

        hub.Server.Faults.Clear();
        await Eventually.IsSoAsync(() => gateway.Files.GetStatus() is { QueueLength: 0, StoreReachable: true });
        await Eventually.IsSoAsync(async () => (await gateway.ReadAsync("cold", Length)).Error == VfsError.None);
        await hub.AssertHasAsync([.. all]);
    }

    /// <summary>New files are written, what is here is read, and what is not here is asked for.</summary>
    private static async Task WorkAsync(HubFiles gateway, List<(string Name, byte[] Bytes)> all, DateTimeOffset until)
    {
        while (DateTimeOffset.UtcNow < until)
        {
            var bytes = RandomBytes.Of(10_000, all.Count);
            await gateway.WriteAsync($"new {all.Count}", 0, bytes);
            all.Add(($"new {all.Count}", bytes));

            var (error, found) = await gateway.ReadAsync("warm", Length);
            Assert.That(error, Is.EqualTo(VfsError.None));
            Assert.That(found.AsSpan().SequenceEqual(all[0].Bytes), Is.True);
            Assert.That(gateway.Files.GetAttributes(gateway.Find("cold")).Value.Size, Is.EqualTo(Length));
            Assert.That((await gateway.ReadAsync("cold", Length)).Error, Is.EqualTo(VfsError.Again));
        }
    }
}
