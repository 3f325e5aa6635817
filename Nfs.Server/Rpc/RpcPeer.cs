namespace Nfs.Server.Rpc;

/// <summary>
/// The other end of a connection, as the RPC layer knows it: what the socket says, never what a call says.
/// </summary>
internal sealed class RpcPeer(ClientAddress address, int port)
{
    public ClientAddress Address { get; } = address;

    /// <summary>The port that the client's machine gave the connection.</summary>
    public int Port { get; } = port;

    /// <summary>Used while a call's header is decoded, one call at a time.</summary>
    public CredentialCache Credentials { get; } = new();
}
