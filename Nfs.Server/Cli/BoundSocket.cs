using System.Net;
using System.Net.Sockets;

namespace Nfs.Server.Cli;

/// <summary>Takes ports before anything is written, so that a port in use leaves no trace on the disk.</summary>
internal static class BoundSocket
{
    /// <summary>A bound socket that does not listen yet. Throws <see cref="UsageException"/>.</summary>
    public static Socket Bind(IPEndPoint endPoint, string flag)
    {
        Socket? socket = null;
        try
        {
            socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            if (endPoint.Address.Equals(IPAddress.IPv6Any))
            {
                // As the listener will: a port that is taken for IPv4 alone is taken.
                socket.DualMode = true;
            }

            socket.Bind(endPoint);
            return socket;
        }
        catch (SocketException e)
        {
            socket?.Dispose();
            throw new UsageException(Sentence(endPoint, flag, e));
        }
    }

    /// <summary>Refuses an address that cannot be listened on.</summary>
    public static void Probe(IPEndPoint endPoint, string flag) => Bind(endPoint, flag).Dispose();

    /// <summary>Why an address cannot be used.</summary>
    public static string Sentence(IPEndPoint endPoint, string flag, SocketException e) => e.SocketErrorCode switch
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
