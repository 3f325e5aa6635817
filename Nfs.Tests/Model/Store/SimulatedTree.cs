using Cas.Client;
using Nfs.Tests.Fixtures;

namespace Nfs.Tests.Model.Store;

/// <summary>The tree of a store that goes wrong.</summary>
internal sealed class SimulatedTree(SimulatedStore store, IRemoteTree inner) : IRemoteTree
{
    public ValueTask<CasResult<string>> FindRevisionAsync(CancellationToken cancellationToken) =>
        store.RunAsync(
            StoreCalls.Revision, () => inner.FindRevisionAsync(cancellationToken), revision => revision,
            cancellationToken);

    public ValueTask<CasResult<IReadOnlyList<TreeItem>>> ListAsync(
        ReadOnlyMemory<byte> directory, bool recursive, ReadOnlyMemory<byte> after, int limit,
        CancellationToken cancellationToken) =>
        store.RunAsync(
            StoreCalls.List, () => inner.ListAsync(directory, recursive, after, limit, cancellationToken),
            items => items, cancellationToken);

    public ValueTask<CasResult<TreeItem?>> LookupAsync(
        ReadOnlyMemory<byte> path, CancellationToken cancellationToken) =>
        store.RunAsync(
            StoreCalls.Lookup, () => inner.LookupAsync(path, cancellationToken), item => item, cancellationToken);

    public ValueTask<CasResult<IReadOnlyList<TreeVersion>>> CommitAsync(
        IReadOnlyList<TreeChange> changes, CancellationToken cancellationToken) =>
        store.RunAsync(
            StoreCalls.Commit, () => inner.CommitAsync(changes, default),
            versions => [.. versions.Skip(1)], cancellationToken);
}
