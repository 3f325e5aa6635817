using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace Nfs.Server.Xdr;

/// <summary>
/// Bytes that an <see cref="XdrWriter"/> fills. Starts with an array of its own and goes over to pooled ones when that
/// is too small, up to <see cref="BytesMax"/>. Not thread-safe; one call owns it at a time.
/// </summary>
internal sealed class XdrBuffer
{
    /// <summary>No reply is longer: a directory page of 1 MiB and headers.</summary>
    public const int BytesMax = (1 << 20) + (64 << 10);

    private readonly byte[] _own = new byte[OwnBytes];
    private byte[] _array;

    /// <summary>Holds every reply but directory pages and long lists.</summary>
    public const int OwnBytes = 2048;

    public XdrBuffer() => _array = _own;

    /// <summary>Bytes written by completed writers.</summary>
    public int Length { get; set; }

    /// <summary>The bytes written.</summary>
    public ReadOnlySpan<byte> Written => _array.AsSpan(0, Length);

    /// <summary>Everything that can be written without growing.</summary>
    public Span<byte> Span => _array;

    /// <summary>
    /// Makes room for at least <paramref name="bytes"/> in total, keeping the first <paramref name="used"/>.
    /// </summary>
    public void Grow(int bytes, int used)
    {
        if (bytes > BytesMax)
        {
            ThrowTooLong();
        }

        var bigger = ArrayPool<byte>.Shared.Rent(Math.Max(bytes, Math.Min(_array.Length * 4, BytesMax)));
        _array.AsSpan(0, used).CopyTo(bigger);
        ReturnArray();
        _array = bigger;
    }

    /// <summary>
    /// Hands over a pooled array with the bytes written, if the buffer has grown into one; the receiver returns it to
    /// the shared pool. The buffer is empty afterwards.
    /// </summary>
    public bool TryMove([NotNullWhen(true)] out byte[]? array, out int length)
    {
        (array, length) = (_array, Length);
        if (ReferenceEquals(_array, _own))
        {
            array = null;
            return false;
        }

        _array = _own;
        Length = 0;
        return true;
    }

    /// <summary>Empties the buffer and gives pooled memory back.</summary>
    public void Clear()
    {
        ReturnArray();
        _array = _own;
        Length = 0;
    }

    private void ReturnArray()
    {
        if (!ReferenceEquals(_array, _own))
        {
            ArrayPool<byte>.Shared.Return(_array);
        }
    }

    [DoesNotReturn]
    private static void ThrowTooLong() => throw new InvalidOperationException("a reply is longer than any may be");
}
