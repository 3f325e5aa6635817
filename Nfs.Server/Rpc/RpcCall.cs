using System.Buffers;
using Nfs.Server.Xdr;
using Vfs.Core;

namespace Nfs.Server.Rpc;

/// <summary>
/// One call from its arrival until its reply is handed to the transport. Reused by the transport for call after call;
/// <see cref="Begin"/> starts the next one. The record is borrowed until the reply is complete.
/// </summary>
internal sealed class RpcCall
{
    private IMemoryOwner<byte>? _payload;

    public RpcPeer Peer { get; private set; } = null!;

    public ReadOnlyMemory<byte> Record { get; private set; }

    public uint Xid { get; set; }

    public uint Program { get; set; }

    public uint Version { get; set; }

    public uint Procedure { get; set; }

    public RpcCredential Credential { get; set; } = RpcCredential.None;

    /// <summary>The encoded arguments and whatever the client sent after them.</summary>
    public ReadOnlyMemory<byte> Arguments { get; set; }

    /// <summary>Set for procedures whose replies are kept.</summary>
    public RequestKey? RequestKey { get; set; }

    /// <summary>
    /// Whether the reply may answer a retransmission; a program clears it for answers like "ask again".
    /// </summary>
    public bool MayKeepReply { get; set; }

    /// <summary>
    /// The most bytes that the reply may have, set by a procedure that is about to wait and may return much.
    /// </summary>
    public int ReplyBytesExpected { get; set; }

    /// <summary>The reply without its record mark and without the payload.</summary>
    public XdrBuffer Reply { get; } = new();

    /// <summary>
    /// Bytes of the payload that follows <see cref="Reply"/>; padding to a multiple of four comes after it.
    /// </summary>
    public int PayloadLength { get; private set; }

    /// <summary>Whether a payload follows.</summary>
    public bool HasPayload => _payload is not null;

    /// <summary>Takes up a record. What the previous call left is discarded.</summary>
    public void Begin(RpcPeer peer, ReadOnlyMemory<byte> record)
    {
        Clear();
        Peer = peer;
        Record = record;
    }

    /// <summary>
    /// Ends the reply with <paramref name="length"/> bytes of <paramref name="payload"/>, which are sent without being
    /// copied. The call owns it from here on.
    /// </summary>
    public void AttachPayload(IMemoryOwner<byte> payload, int length)
    {
        _payload?.Dispose();
        _payload = payload;
        PayloadLength = length;
    }

    /// <summary>Hands the payload over; the receiver disposes it.</summary>
    public IMemoryOwner<byte>? MovePayload()
    {
        var payload = _payload;
        _payload = null;
        PayloadLength = 0;
        return payload;
    }

    /// <summary>Empties the reply, so that another can be encoded.</summary>
    public void ClearReply()
    {
        Reply.Clear();
        MovePayload()?.Dispose();
    }

    /// <summary>Gives back everything that was borrowed.</summary>
    public void Clear()
    {
        ClearReply();
        Record = default;
        Arguments = default;
        Credential = RpcCredential.None;
        RequestKey = null;
        MayKeepReply = true;
        ReplyBytesExpected = 0;
    }
}
