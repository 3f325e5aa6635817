using Nfs.Tests.Fixtures;
using Nfs.Tests.Hub;
using NUnit.Framework;

namespace Nfs.Tests.Vfs.Sync;

// Two gateways on one store, and people who work behind both at the same time: nobody's work may vanish without a copy
// that says so, and in the end both must show the same.
[TestFixture]
internal sealed class SharingTests
{
    private const int OperationsByDefault = 250;

    private static int Operations => Setting.Of("NFSGW_SHARING_OPERATIONS", OperationsByDefault);

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    [Covers("R-8")]
    public async Task TwoGatewaysOnOneTree_LoseNothing(int seed)
    {
        var store = new InMemoryStore();
        var clock = new ManualClock();
        await using var first = await SharingGateway.StartAsync(store, "one", clock);
        await using var second = await SharingGateway.StartAsync(store, "two", clock);

        await new SharedWork([first, second], clock, seed, isSentTogether: true).RunAsync(Operations);
    }

    [Test]
    [Covers("R-8")]
    public async Task TwoGatewaysOnOneBucket_LoseNothing()
    {
        await using var hub = await TestHub.StartAsync();
        var clock = new ManualClock();
        await using var first = await SharingGateway.StartAsync(await hub.OpenStoreAsync(), "one", clock);
        await using var second = await SharingGateway.StartAsync(await hub.OpenStoreAsync(), "two", clock);

        // A bucket takes what comes last: of two commits at the very same moment nobody can keep both.
        await new SharedWork([first, second], clock, 1, isSentTogether: false).RunAsync(Operations);
    }
}
