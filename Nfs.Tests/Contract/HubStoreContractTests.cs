using Cas.Client;
using Cas.Client.Backends.Hub.Tree;
using Nfs.Tests.Hub;
using NUnit.Framework;

namespace Nfs.Tests.Contract;

// The Hub backend keeps the contract. If not, see each test of the suite for what a user loses.
[TestFixture]
internal sealed class HubContentStoreContractTests : ContentStoreContract
{
    private TestHub _hub = null!;

    protected override async Task<IStore> OpenStoreAsync()
    {
        _hub = await TestHub.StartAsync();
        return await _hub.OpenStoreAsync();
    }

    protected override Task CleanUpAsync() => _hub.DisposeAsync().AsTask();
}

[TestFixture]
internal sealed class HubTreeContractTests : RemoteTreeContract
{
    private TestHub _hub = null!;

    // The bytes of an empty file need not be stored first.
    protected override TreeEntry Entry { get; } = HubAttributes.OfFile(ContentId.Empty, 1_700_000_000_123_000_000);

    protected override async Task<IStore> OpenStoreAsync()
    {
        _hub = await TestHub.StartAsync();
        return await _hub.OpenStoreAsync();
    }

    protected override Task CleanUpAsync() => _hub.DisposeAsync().AsTask();
}
