namespace Nfs.Server.Rpc;

/// <summary>The other end of a connection, as the RPC layer knows it.</summary>
internal sealed class RpcPeer(ClientAddress address)
{
    public ClientAddress Address { get; } = address;

    /// <summary>Used while a call's header is decoded, one call at a time.</summary>
    public CredentialCache Credentials { get; } = new();
}
