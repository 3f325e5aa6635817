using System.Buffers;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Nfs.Server.Transport;

/// <summary>
/// Sends many pieces in one system call without copying them together. Memory that is not an array (a mapped file) has
/// no other way through <see cref="Socket"/> than one call a piece.
/// </summary>
internal static unsafe partial class VectoredSend
{
    private const int EINTR = 4;
    private const int EAGAIN = 11;
    private const int EFAULT = 14;
    private const int EAGAINDarwin = 35;

    /// <summary>
    /// Sends what the socket takes at once of <paramref name="pieces"/>; <paramref name="first"/> is what is left of
    /// the first one. The socket must be non-blocking. Returns bytes sent, 0 if none can be sent now: the socket is full,
    /// or the disk does not give the page of a mapped file that comes next.
    /// </summary>
    /// <exception cref="IOException">Bytes of a file were lost before they could be sent.</exception>
    public static long TrySend(Socket socket, ReadOnlySpan<Piece> pieces, ReadOnlyMemory<byte> first)
    {
        var count = Math.Min(pieces.Length, ServerLimits.SendSegmentsMax);
        var vectors = stackalloc IoVector[ServerLimits.SendSegmentsMax];
        var pinned = default(PinArray);
        Span<MemoryHandle> pins = pinned;
        try
        {
            for (var i = 0; i < count; i++)
            {
                var memory = i == 0 ? first : pieces[i].Memory;
                pins[i] = memory.Pin();
                vectors[i] = new IoVector { Base = pins[i].Pointer, Length = (nuint)memory.Length };
            }

            return Write(socket, vectors, count);
        }
        finally
        {
            for (var i = 0; i < count; i++)
            {
                pins[i].Dispose();
            }
        }
    }

    private static long Write(Socket socket, IoVector* vectors, int count)
    {
        while (true)
        {
            var sent = WriteVector(socket.SafeHandle, vectors, count);
            if (sent >= 0)
            {
                return sent;
            }

            var errno = Marshal.GetLastPInvokeError();
            if (errno == (OperatingSystem.IsMacOS() ? EAGAINDarwin : EAGAIN) || errno == EFAULT)
            {
                return 0;
            }

            if (errno != EINTR)
            {
                // Which error it was makes no difference: the connection is of no use any more.
                throw new SocketException((int)SocketError.ConnectionReset);
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "writev", SetLastError = true)]
    private static partial nint WriteVector(SafeHandle descriptor, IoVector* vectors, int count);

    /// <summary><c>struct iovec</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct IoVector
    {
        public void* Base;
        public nuint Length;
    }

    [System.Runtime.CompilerServices.InlineArray(ServerLimits.SendSegmentsMax)]
    private struct PinArray
    {
        private MemoryHandle _first;
    }
}
