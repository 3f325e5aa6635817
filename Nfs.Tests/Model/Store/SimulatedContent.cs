using Cas.Client;
using Nfs.Tests.Fixtures;

namespace Nfs.Tests.Model.Store;

/// <summary>Contents of a store that goes wrong.</summary>
internal sealed class SimulatedContent(SimulatedStore store, IContentStore inner) : IContentStore
{
    // Wrong bytes of the right length are what a content store finds by itself; see its own tests.
    public ValueTask<CasResult<int>> ReadAsync(
        ContentId content, ulong offset, Memory<byte> destination, CancellationToken cancellationToken) =>
        store.RunAsync(
            StoreCalls.Read,
            () => inner.ReadAsync(content, offset, destination, cancellationToken),
            count =>
            {
                destination.Span[^1] ^= 0xFF;
                return count - 1;
            },
            cancellationToken);

    public ValueTask<CasResult<ContentId>> PutAsync(IContentSource source, CancellationToken cancellationToken) =>
        store.RunAsync(
            StoreCalls.Put, () => inner.PutAsync(source, cancellationToken), OfOtherSize, cancellationToken);

    public ValueTask<CasResult<ContentId>> ComposeAsync(
        ContentId basis, IReadOnlyList<Edit> edits, IContentSource source, CancellationToken cancellationToken) =>
        store.RunAsync(
            StoreCalls.Compose, () => inner.ComposeAsync(basis, edits, source, cancellationToken), OfOtherSize,
            cancellationToken);

    private static ContentId OfOtherSize(ContentId content) => content with { Size = content.Size + 1 };
}
