using System.Net;
using System.Net.Sockets;
using Nfs.Server.Transport;

namespace Nfs.Server.Cli;

/// <summary>Takes ports before anything is written, so that a port in use leaves no trace on the disk.</summary>
internal static class BoundSocket
{
    /// <summary>A bound socket that does not listen yet. Throws <see cref="UsageException"/>.</summary>
    public static Socket Bind(IPEndPoint endPoint, string flag) => Open(endPoint, flag, static _ => { });

    /// <summary>
    /// A socket that listens: whoever connects waits for the first accept. Throws <see cref="UsageException"/>.
    /// </summary>
    public static Socket Listen(IPEndPoint endPoint, string flag) =>
        Open(endPoint, flag, static socket => socket.Listen(ServerLimits.Backlog));

    private static Socket Open(IPEndPoint endPoint, string flag, Action<Socket> use)
    {
        Socket? socket = null;
        try
        {
            socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            if (endPoint.Address.Equals(IPAddress.IPv6Any))
            {
                // All addresses are those of IPv4 too.
                socket.DualMode = true;
            }

            // Bind allows an address that old connections still linger on, but not one that somebody listens on.
            socket.Bind(endPoint);
            use(socket);
            return socket;
        }
        catch (SocketException e)
        {
            socket?.Dispose();
            throw new UsageException(Sentence(endPoint, flag, e));
        }
    }

    /// <summary>Why an address cannot be used.</summary>
    private static string Sentence(IPEndPoint endPoint, string flag, SocketException e) => e.SocketErrorCode switch
    {
        SocketError.AddressAlreadyInUse =>
            $"The address {endPoint} is in use by another program; stop it, or choose another one with {flag}.",
        SocketError.AccessDenied =>
            $"The address {endPoint} may not be used: ports below 1024 need root; choose another one with {flag}.",
        SocketError.AddressNotAvailable =>
            $"The address {endPoint} is not one of this machine; choose another one with {flag}.",
        _ => $"The address {endPoint} cannot be used: {e.Message}; choose another one with {flag}.",
    };
}
