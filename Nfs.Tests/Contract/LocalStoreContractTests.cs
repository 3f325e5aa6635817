using Cas.Client;
using Nfs.Tests.Fixtures;
using NUnit.Framework;

namespace Nfs.Tests.Contract;

// The embedded store keeps the contract. If not, see each test of the suite for what a user loses.
[TestFixture]
internal sealed class LocalContentStoreContractTests : ContentStoreContract
{
    private StoreDirectory _directory = null!;

    protected override Task<IStore> OpenStoreAsync()
    {
        _directory = new StoreDirectory();
        return _directory.OpenAsync();
    }

    protected override void CleanUp() => _directory.Dispose();
}

[TestFixture]
internal sealed class LocalTreeContractTests : RemoteTreeContract
{
    private StoreDirectory _directory = null!;

    protected override Task<IStore> OpenStoreAsync()
    {
        _directory = new StoreDirectory();
        return _directory.OpenAsync();
    }

    protected override void CleanUp() => _directory.Dispose();
}
