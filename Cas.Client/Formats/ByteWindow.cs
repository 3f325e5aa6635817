using System.Buffers;

namespace Cas.Client.Formats;

/// <summary>
/// A range of <see cref="IRandomBytes"/> for as long as it is not disposed: in place where that is possible, otherwise
/// read into a pooled buffer.
/// </summary>
internal ref struct ByteWindow
{
    private byte[]? _rented;

    private ByteWindow(ReadOnlySpan<byte> span, byte[]? rented)
    {
        Span = span;
        _rented = rented;
    }

    /// <summary>The bytes; not to be used after disposal.</summary>
    public ReadOnlySpan<byte> Span { get; private set; }

    /// <summary>Opens a range that lies inside the length; nothing is rented for more.</summary>
    public static ByteWindow Open(IRandomBytes bytes, long offset, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, bytes.Length - length);
        if (bytes.TryView(offset, length, out var view))
        {
            return new ByteWindow(view, null);
        }

        var rented = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            bytes.ReadAt(offset, rented.AsSpan(0, length));
            return new ByteWindow(rented.AsSpan(0, length), rented);
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(rented);
            throw;
        }
    }

    /// <summary>Gives the buffer back.</summary>
    public void Dispose()
    {
        var rented = _rented;
        _rented = null;
        Span = default;
        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }
}
