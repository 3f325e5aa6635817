using System.Buffers;
using System.Runtime.InteropServices;

namespace Nfs.Server.Transport;

/// <summary>Bytes to send in one piece, and what is let go of when they are sent.</summary>
/// <param name="Memory">The bytes.</param>
/// <param name="Rented">An array of the shared pool, if this piece is the one to return it.</param>
/// <param name="Owner">The owner of file bytes.</param>
internal readonly record struct Piece(ReadOnlyMemory<byte> Memory, byte[]? Rented, IMemoryOwner<byte>? Owner)
{
    /// <summary>The piece and the bytes behind it, if those are at <paramref name="start"/> of the array.</summary>
    public bool TryExtend(byte[] array, int start, int length, out Piece longer)
    {
        longer = default;
        if (Owner is not null ||
            !MemoryMarshal.TryGetArray(Memory, out var segment) ||
            segment.Array != array ||
            segment.Offset + segment.Count != start)
        {
            return false;
        }

        longer = this with { Memory = array.AsMemory(segment.Offset, segment.Count + length) };
        return true;
    }

    public void Release()
    {
        if (Rented is not null)
        {
            ArrayPool<byte>.Shared.Return(Rented);
        }

        Owner?.Dispose();
    }
}
