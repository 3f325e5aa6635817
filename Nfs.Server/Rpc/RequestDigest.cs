using System.Buffers.Binary;
using Vfs.Core;

namespace Nfs.Server.Rpc;

/// <summary>
/// Names a request: client address without port, xid, program, version, procedure, identity, and length and bytes of
/// the arguments. The same request sent again, on any connection and to any incarnation with the same key, has the
/// same digest; the same xid with other content has another.
/// </summary>
internal sealed class RequestDigest(ReadOnlySpan<byte> key)
{
    private const int FieldsBytes = 16 + (9 * sizeof(uint)) + (RpcConstants.GroupsMax * sizeof(uint)) + 16;

    private readonly SipHash128 _hash = new(key);

    public RequestKey Compute(RpcCall call)
    {
        Span<byte> fields = stackalloc byte[FieldsBytes];
        BinaryPrimitives.WriteUInt128BigEndian(fields, call.Peer.Address.Value);
        var length = 16;
        Append(fields, ref length, call.Xid);
        Append(fields, ref length, call.Program);
        Append(fields, ref length, call.Version);
        Append(fields, ref length, call.Procedure);
        Append(fields, ref length, (uint)call.Arguments.Length);
        var credential = call.Credential;
        Append(fields, ref length, (uint)credential.Flavor);
        Append(fields, ref length, credential.Uid);
        Append(fields, ref length, credential.Gid);
        Append(fields, ref length, (uint)credential.Groups.Count);
        for (var i = 0; i < credential.Groups.Count; i++)
        {
            Append(fields, ref length, credential.Groups[i]);
        }

        var (argumentsFirst, argumentsLast) = _hash.Compute(call.Arguments.Span);
        BinaryPrimitives.WriteUInt64BigEndian(fields[length..], argumentsFirst);
        BinaryPrimitives.WriteUInt64BigEndian(fields[(length + 8)..], argumentsLast);
        var (first, last) = _hash.Compute(fields[..(length + 16)]);
        return new RequestKey(first, last);
    }

    private static void Append(Span<byte> fields, ref int length, uint value)
    {
        BinaryPrimitives.WriteUInt32BigEndian(fields[length..], value);
        length += sizeof(uint);
    }
}
