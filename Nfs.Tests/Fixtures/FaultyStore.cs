using Cas.Client;

namespace Nfs.Tests.Fixtures;

/// <summary>Any store with <see cref="StoreFaults"/> in front of it.</summary>
internal sealed class FaultyStore : IStore
{
    private readonly IStore _inner;

    public FaultyStore(IStore inner)
    {
        _inner = inner;
        Content = new FaultyContent(inner.Content, Faults);
        Tree = new FaultyTree(inner.Tree, Faults);
    }

    /// <summary>The switches and counters.</summary>
    public StoreFaults Faults { get; } = new();

    public string Url => _inner.Url;

    public string Identity => _inner.Identity;

    public IContentStore Content { get; }

    public IRemoteTree Tree { get; }

    public ValueTask<CasResult<bool>> RegisterAsync(StateNote state, CancellationToken cancellationToken) =>
        Faults.RunAsync(
            StoreCalls.Register, () => _inner.RegisterAsync(state, cancellationToken), cancellationToken);

    public ValueTask<CasResult<bool>> ProbeAsync(CancellationToken cancellationToken) =>
        Faults.RunAsync(StoreCalls.Probe, () => _inner.ProbeAsync(cancellationToken), cancellationToken);

    public ValueTask DisposeAsync() => _inner.DisposeAsync();

    private sealed class FaultyContent(IContentStore inner, StoreFaults faults) : IContentStore
    {
        public ValueTask<CasResult<int>> ReadAsync(
            ContentId content, ulong offset, Memory<byte> destination, CancellationToken cancellationToken) =>
            faults.RunAsync(
                StoreCalls.Read,
                () => inner.ReadAsync(
                    content, offset, destination[..faults.Shortened(destination.Length)], cancellationToken),
                cancellationToken);

        public ValueTask<CasResult<ContentId>> PutAsync(IContentSource source, CancellationToken cancellationToken) =>
            faults.RunAsync(StoreCalls.Put, () => inner.PutAsync(source, cancellationToken), cancellationToken);

        public ValueTask<CasResult<ContentId>> ComposeAsync(
            ContentId basis, IReadOnlyList<Edit> edits, IContentSource source, CancellationToken cancellationToken) =>
            faults.RunAsync(
                StoreCalls.Compose,
                () => inner.ComposeAsync(basis, edits, source, cancellationToken),
                cancellationToken);
    }

    private sealed class FaultyTree(IRemoteTree inner, StoreFaults faults) : IRemoteTree
    {
        public bool IsPinned => inner.IsPinned;

        public bool HasEmptyDirectories => inner.HasEmptyDirectories;

        public TreeEntry? Kept(TreeEntry entry) => inner.Kept(entry);

        public ValueTask<CasResult<string>> FindRevisionAsync(CancellationToken cancellationToken) =>
            faults.RunAsync(StoreCalls.Revision, () => inner.FindRevisionAsync(cancellationToken), cancellationToken);

        public ValueTask<CasResult<IReadOnlyList<TreeItem>>> ListAsync(
            ReadOnlyMemory<byte> directory, bool recursive, ReadOnlyMemory<byte> after, int limit,
            CancellationToken cancellationToken) =>
            faults.RunAsync(
                StoreCalls.List,
                () => inner.ListAsync(directory, recursive, after, limit, cancellationToken),
                cancellationToken);

        public ValueTask<CasResult<TreeItem?>> LookupAsync(
            ReadOnlyMemory<byte> path, CancellationToken cancellationToken) =>
            faults.RunAsync(StoreCalls.Lookup, () => inner.LookupAsync(path, cancellationToken), cancellationToken);

        public ValueTask<CasResult<IReadOnlyList<TreeVersion>>> CommitAsync(
            IReadOnlyList<TreeChange> changes, CancellationToken cancellationToken) =>
            faults.RunAsync(StoreCalls.Commit, () => inner.CommitAsync(changes, cancellationToken), cancellationToken);
    }
}
