using Cas.Client.Formats;

namespace Cas.Client.Reconstruction;

/// <summary>A run of bytes in memory that keeps the offsets of what it was read from.</summary>
internal sealed class RecordWindow(IRandomBytes inner, long start, ReadOnlyMemory<byte> held) : IRandomBytes
{
    public long Length => inner.Length;

    public bool TryView(long offset, int length, out ReadOnlySpan<byte> bytes)
    {
        var isHeld = offset >= start && offset + length <= start + held.Length;
        bytes = isHeld ? held.Span.Slice((int)(offset - start), length) : default;
        return isHeld;
    }

    public void ReadAt(long offset, Span<byte> destination)
    {
        if (TryView(offset, destination.Length, out var bytes))
        {
            bytes.CopyTo(destination);
        }
        else
        {
            inner.ReadAt(offset, destination);
        }
    }
}
