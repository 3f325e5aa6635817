namespace Cas.Client.Formats;

/// <summary>Bytes in memory; they are borrowed and must not change.</summary>
internal sealed class MemoryBytes(ReadOnlyMemory<byte> memory) : IRandomBytes
{
    public long Length => memory.Length;

    public bool TryView(long offset, int length, out ReadOnlySpan<byte> bytes)
    {
        bytes = memory.Span.Slice(checked((int)offset), length);
        return true;
    }

    public void ReadAt(long offset, Span<byte> destination) =>
        memory.Span.Slice(checked((int)offset), destination.Length).CopyTo(destination);
}
