using System.Buffers;

namespace Cas.Client.Reconstruction;

/// <summary>A chunk in memory, verified; in a pooled buffer.</summary>
internal sealed class UnpackedChunk : IDisposable
{
    private readonly int _length;
    private byte[] _rented;

    private UnpackedChunk(byte[] rented, int length)
    {
        _rented = rented;
        _length = length;
    }

    /// <summary>The chunk; not to be used after disposal.</summary>
    public ReadOnlySpan<byte> Bytes => _rented.AsSpan(0, _length);

    /// <summary>A chunk of this length that <paramref name="fill"/> fills; throws what that throws.</summary>
    public static UnpackedChunk Of(int length, Action<Memory<byte>> fill)
    {
        var rented = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            fill(rented.AsMemory(0, length));
            return new UnpackedChunk(rented, length);
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(rented);
            throw;
        }
    }

    public void Dispose()
    {
        var rented = _rented;
        _rented = [];
        ArrayPool<byte>.Shared.Return(rented);
    }
}
