using Nfs.Server.Xdr;

namespace Nfs.Server.Rpc;

/// <summary>
/// Decodes the credentials of one connection and remembers the last few, since clients repeat them on every call.
/// Used by the receive loop alone.
/// </summary>
internal sealed class CredentialCache
{
    private const int EntriesMax = 8;
    private const int StampBytes = 4;

    private readonly (byte[] Body, RpcCredential Credential)[] _entries =
        new (byte[] Body, RpcCredential Credential)[EntriesMax];

    private int _count;
    private int _next;

    /// <summary>
    /// The credential of a call. AUTH_BADCRED: malformed; AUTH_REJECTEDCRED: a flavour that nobody here speaks.
    /// </summary>
    public AuthStat TryDecode(AuthFlavor flavor, ReadOnlyMemory<byte> body, out RpcCredential credential)
    {
        credential = RpcCredential.None;
        if (flavor == AuthFlavor.AUTH_NONE)
        {
            return AuthStat.AUTH_OK;
        }

        if (flavor != AuthFlavor.AUTH_SYS)
        {
            return AuthStat.AUTH_REJECTEDCRED;
        }

        if (body.Length < StampBytes)
        {
            return AuthStat.AUTH_BADCRED;
        }

        // The stamp means nothing and may differ from call to call.
        var lasting = body[StampBytes..];
        for (var i = 0; i < _count; i++)
        {
            if (lasting.Span.SequenceEqual(_entries[i].Body))
            {
                credential = _entries[i].Credential;
                return AuthStat.AUTH_OK;
            }
        }

        if (!TryDecodeAuthSys(lasting, out credential))
        {
            return AuthStat.AUTH_BADCRED;
        }

        Remember(lasting.ToArray(), credential);
        return AuthStat.AUTH_OK;
    }

    /// <summary>RFC 5531 appendix A, after the stamp: machine name, uid, gid, at most 16 groups.</summary>
    private static bool TryDecodeAuthSys(ReadOnlyMemory<byte> body, out RpcCredential credential)
    {
        credential = RpcCredential.None;
        var reader = new XdrReader(body);
        if (!reader.TryReadOpaque(RpcConstants.MachineNameBytesMax, out _) ||
            !reader.TryReadUInt32(out var uid) ||
            !reader.TryReadUInt32(out var gid) ||
            !reader.TryReadUInt32(out var count) ||
            count > RpcConstants.GroupsMax)
        {
            return false;
        }

        var groups = new uint[count];
        for (var i = 0; i < groups.Length; i++)
        {
            if (!reader.TryReadUInt32(out groups[i]))
            {
                return false;
            }
        }

        credential = new RpcCredential(AuthFlavor.AUTH_SYS, uid, gid, groups);
        return true;
    }

    private void Remember(byte[] body, RpcCredential credential)
    {
        _entries[_next] = (body, credential);
        _next = (_next + 1) % EntriesMax;
        _count = Math.Min(_count + 1, EntriesMax);
    }
}
