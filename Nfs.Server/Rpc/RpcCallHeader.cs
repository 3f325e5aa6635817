using Nfs.Server.Xdr;

namespace Nfs.Server.Rpc;

/// <summary>
/// Decodes the head of a call (RFC 5531 section 9): xid, CALL, rpcvers, prog, vers, proc, credential, verifier.
/// </summary>
internal static class RpcCallHeader
{
    /// <summary>Fills <paramref name="call"/> from its record.</summary>
    public static RpcHeaderVerdict Decode(RpcCall call)
    {
        var reader = new XdrReader(call.Record);
        if (!reader.TryReadUInt32(out var xid) ||
            !reader.TryReadUInt32(out var type) ||
            type != RpcConstants.CALL ||
            !reader.TryReadUInt32(out var rpcVersion))
        {
            return RpcHeaderVerdict.NotACall;
        }

        call.Xid = xid;
        if (rpcVersion != RpcConstants.RpcVersion)
        {
            return RpcHeaderVerdict.RpcMismatch;
        }

        if (!reader.TryReadUInt32(out var program) ||
            !reader.TryReadUInt32(out var version) ||
            !reader.TryReadUInt32(out var procedure))
        {
            return RpcHeaderVerdict.NotACall;
        }

        (call.Program, call.Version, call.Procedure) = (program, version, procedure);
        return DecodeAuth(call, ref reader);
    }

    private static RpcHeaderVerdict DecodeAuth(RpcCall call, ref XdrReader reader)
    {
        var verdict = TryReadAuth(ref reader, RpcHeaderVerdict.BadCredential, out var flavor, out var body);
        if (verdict != RpcHeaderVerdict.Ok)
        {
            return verdict;
        }

        verdict = TryReadAuth(ref reader, RpcHeaderVerdict.BadVerifier, out _, out _);
        if (verdict != RpcHeaderVerdict.Ok)
        {
            return verdict;
        }

        call.Arguments = reader.Rest;
        if (flavor == AuthFlavor.AUTH_TLS)
        {
            // A client asks whether TLS is spoken here. It is not: a plain answer to NULL makes it go on without.
            return call.Procedure == 0 && body.IsEmpty ? RpcHeaderVerdict.Ok : RpcHeaderVerdict.BadCredential;
        }

        var status = call.Peer.Credentials.TryDecode(flavor, body, out var credential);
        call.Credential = credential;
        return status switch
        {
            AuthStat.AUTH_OK => RpcHeaderVerdict.Ok,
            AuthStat.AUTH_REJECTEDCRED => RpcHeaderVerdict.RejectedCredential,
            _ => RpcHeaderVerdict.BadCredential,
        };
    }

    private static RpcHeaderVerdict TryReadAuth(
        ref XdrReader reader, RpcHeaderVerdict tooLong, out AuthFlavor flavor, out ReadOnlyMemory<byte> body)
    {
        body = default;
        flavor = default;
        if (!reader.TryReadUInt32(out var word))
        {
            return RpcHeaderVerdict.NotACall;
        }

        flavor = (AuthFlavor)word;
        if (reader.TryReadOpaque(RpcConstants.AuthBytesMax, out body))
        {
            return RpcHeaderVerdict.Ok;
        }

        if (!reader.TryReadUInt32(out var length))
        {
            return RpcHeaderVerdict.NotACall;
        }

        return length > RpcConstants.AuthBytesMax ? tooLong : RpcHeaderVerdict.Truncated;
    }
}

/// <summary>What the head of a record turned out to be.</summary>
internal enum RpcHeaderVerdict : byte
{
    Ok,

    /// <summary>Not a call at all: there is nobody to answer.</summary>
    NotACall,

    /// <summary>RPC_MISMATCH.</summary>
    RpcMismatch,

    /// <summary>AUTH_BADCRED.</summary>
    BadCredential,

    /// <summary>AUTH_REJECTEDCRED.</summary>
    RejectedCredential,

    /// <summary>AUTH_BADVERF.</summary>
    BadVerifier,

    /// <summary>The record ends inside a credential or verifier: GARBAGE_ARGS.</summary>
    Truncated,
}
