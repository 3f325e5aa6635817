using Cas.Client;

namespace Bench;

/// <summary>Content in memory.</summary>
internal sealed class ArraySource(byte[] bytes) : IContentSource
{
    /// <inheritdoc/>
    public ulong Length => (ulong)bytes.Length;

    /// <inheritdoc/>
    public ValueTask ReadAsync(ulong offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        bytes.AsSpan((int)offset, destination.Length).CopyTo(destination.Span);
        return default;
    }
}
