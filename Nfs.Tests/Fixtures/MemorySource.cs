using Cas.Client;

namespace Nfs.Tests.Fixtures;

/// <summary>Bytes in memory as content to store.</summary>
internal sealed class MemorySource(ReadOnlyMemory<byte> bytes) : IContentSource
{
    public ulong Length => (ulong)bytes.Length;

    public ValueTask ReadAsync(ulong offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        bytes.Slice(checked((int)offset), destination.Length).CopyTo(destination);
        return ValueTask.CompletedTask;
    }
}
