using Cas.Client.Formats;

namespace Nfs.Tests.Fixtures;

/// <summary>Bytes that must be read, as those of a file, and that count how much is.</summary>
internal sealed class CountingBytes(IRandomBytes inner) : IRandomBytes
{
    public long Length => inner.Length;

    /// <summary>Number of reads.</summary>
    public long Reads { get; private set; }

    /// <summary>Bytes that they asked for.</summary>
    public long BytesRead { get; private set; }

    public void Reset() => (Reads, BytesRead) = (0, 0);

    public bool TryView(long offset, int length, out ReadOnlySpan<byte> bytes)
    {
        bytes = default;
        return false;
    }

    public void ReadAt(long offset, Span<byte> destination)
    {
        Reads++;
        BytesRead += destination.Length;
        inner.ReadAt(offset, destination);
    }
}
