using Nfs.Server.Xdr;

namespace Nfs.Server.Rpc;

/// <summary>
/// Encodes the heads of replies (RFC 5531 section 9). The verifier is always AUTH_NONE without a body.
/// </summary>
internal static class RpcReplyHeader
{
    public static void WriteAccepted(RpcCall call, AcceptStat status)
    {
        var writer = Start(call, RpcConstants.MSG_ACCEPTED);
        writer.WriteUInt32((uint)AuthFlavor.AUTH_NONE);
        writer.WriteUInt32(0);
        writer.WriteUInt32((uint)status);
        writer.Complete();
    }

    public static void WriteProgramMismatch(RpcCall call, uint version)
    {
        WriteAccepted(call, AcceptStat.PROG_MISMATCH);
        WriteRange(call, version);
    }

    public static void WriteRpcMismatch(RpcCall call)
    {
        var writer = Start(call, RpcConstants.MSG_DENIED);
        writer.WriteUInt32(RpcConstants.RPC_MISMATCH);
        writer.Complete();
        WriteRange(call, RpcConstants.RpcVersion);
    }

    public static void WriteAuthError(RpcCall call, AuthStat why)
    {
        var writer = Start(call, RpcConstants.MSG_DENIED);
        writer.WriteUInt32(RpcConstants.AUTH_ERROR);
        writer.WriteUInt32((uint)why);
        writer.Complete();
    }

    private static XdrWriter Start(RpcCall call, uint replyStatus)
    {
        call.ClearReply();
        var writer = new XdrWriter(call.Reply);
        writer.WriteUInt32(call.Xid);
        writer.WriteUInt32(RpcConstants.REPLY);
        writer.WriteUInt32(replyStatus);
        return writer;
    }

    /// <summary>Lowest and highest version; only one is spoken of anything here.</summary>
    private static void WriteRange(RpcCall call, uint version)
    {
        var writer = new XdrWriter(call.Reply);
        writer.WriteUInt32(version);
        writer.WriteUInt32(version);
        writer.Complete();
    }
}
