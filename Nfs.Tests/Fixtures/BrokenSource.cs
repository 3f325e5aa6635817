using Cas.Client;

namespace Nfs.Tests.Fixtures;

/// <summary>A source whose disk fails at a byte; zeros before it.</summary>
internal sealed class BrokenSource(ulong length, ulong brokenAt) : IContentSource
{
    public ulong Length => length;

    public ValueTask ReadAsync(ulong offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        if (offset + (ulong)destination.Length > brokenAt)
        {
            throw new IOException("the source's disk is broken");
        }

        destination.Span.Clear();
        return ValueTask.CompletedTask;
    }
}
