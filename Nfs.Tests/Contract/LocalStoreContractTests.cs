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

    protected override Task CleanUpAsync()
    {
        _directory.Dispose();
        return Task.CompletedTask;
    }
}

[TestFixture]
internal sealed class LocalTreeContractTests : PosixTreeContract
{
    private StoreDirectory _directory = null!;

    protected override Task<IStore> OpenStoreAsync()
    {
        _directory = new StoreDirectory();
        return _directory.OpenAsync();
    }

    protected override Task CleanUpAsync()
    {
        _directory.Dispose();
        return Task.CompletedTask;
    }
}
