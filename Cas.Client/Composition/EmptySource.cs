namespace Cas.Client.Composition;

/// <summary>No bytes.</summary>
internal sealed class EmptySource : IContentSource
{
    public static readonly EmptySource Instance = new();

    public ulong Length => 0;

    public ValueTask ReadAsync(ulong offset, Memory<byte> destination, CancellationToken cancellationToken) =>
        offset == 0 && destination.IsEmpty
            ? ValueTask.CompletedTask
            : throw new ArgumentOutOfRangeException(nameof(offset), "there are no bytes");
}
