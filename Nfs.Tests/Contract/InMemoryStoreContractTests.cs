using Cas.Client;
using Nfs.Tests.Fixtures;
using NUnit.Framework;

namespace Nfs.Tests.Contract;

// The store that other tests rest on, behind its fault switches, is as honest as the real ones. If not, those tests
// prove nothing.
[TestFixture]
internal sealed class InMemoryContentStoreContractTests : ContentStoreContract
{
    protected override Task<IStore> OpenStoreAsync() => Task.FromResult<IStore>(new FaultyStore(new InMemoryStore()));
}

[TestFixture]
internal sealed class InMemoryTreeContractTests : PosixTreeContract
{
    protected override Task<IStore> OpenStoreAsync() => Task.FromResult<IStore>(new FaultyStore(new InMemoryStore()));
}
