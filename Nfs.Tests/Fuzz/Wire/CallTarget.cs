using System.Net;
using Nfs.Server.Mount3;
using Nfs.Server.Nfs3;
using Nfs.Server.Nfs3.Args;
using Nfs.Server.Rpc;
using Nfs.Server.Xdr;
using Nfs.Tests.Fixtures;

namespace Nfs.Tests.Fuzz.Wire;

/// <summary>
/// Takes an input as a call and decodes its head and its arguments, which must succeed exactly when a second reading of
/// the RFCs succeeds, with the same outcome. The arguments go through every other decoder too.
/// </summary>
internal static class CallTarget
{
    /// <summary>Decodes arguments; gives the handles, names and data in them, or null.</summary>
    private delegate ReadOnlyMemory<byte>[]? Decoder(XdrReader reader);

    private static readonly ClientAddress s_client = ClientAddress.From(IPAddress.Loopback);

    private static readonly Dictionary<NfsProc3, Decoder> s_decoders = new()
    {
        [NfsProc3.GETATTR] = r => r.TryReadHandle(out var handle) ? [handle] : null,
        [NfsProc3.SETATTR] = r => Setattr3Args.TryDecode(ref r, out var a) ? [a.Object] : null,
        [NfsProc3.LOOKUP] = r => DirOpArgs3.TryDecode(ref r, out var a) ? [a.Directory, a.Name] : null,
        [NfsProc3.ACCESS] = r => Access3Args.TryDecode(ref r, out var a) ? [a.Object] : null,
        [NfsProc3.READ] = r => Range3Args.TryDecode(ref r, out var a) ? [a.File] : null,
        [NfsProc3.WRITE] = r => Write3Args.TryDecode(ref r, out var a) ? [a.File, a.Data] : null,
        [NfsProc3.CREATE] =
            r => Create3Args.TryDecode(ref r, out var a) ? [a.Where.Directory, a.Where.Name] : null,
        [NfsProc3.MKDIR] = r => Mkdir3Args.TryDecode(ref r, out var a) ? [a.Where.Directory, a.Where.Name] : null,
        [NfsProc3.SYMLINK] =
            r => Symlink3Args.TryDecode(ref r, out var a) ? [a.Where.Directory, a.Where.Name, a.Target] : null,
        [NfsProc3.MKNOD] = r => Mknod3Args.TryDecode(ref r, out var a) ? [a.Where.Directory, a.Where.Name] : null,
        [NfsProc3.RENAME] = r => Rename3Args.TryDecode(ref r, out var a)
            ? [a.From.Directory, a.From.Name, a.To.Directory, a.To.Name] : null,
        [NfsProc3.LINK] =
            r => Link3Args.TryDecode(ref r, out var a) ? [a.File, a.Link.Directory, a.Link.Name] : null,
        [NfsProc3.READDIR] = r => Readdir3Args.TryDecode(ref r, out var a) ? [a.Directory] : null,
        [NfsProc3.READDIRPLUS] = r => Readdirplus3Args.TryDecode(ref r, out var a) ? [a.Directory] : null,
    };

    /// <summary>A loop over the decoders.</summary>
    public static FuzzLoop Loop(ulong seed) =>
        new(CallCorpus.Calls, Read, Expect.IsRefusal, seed, CallMutation.Apply) { MutationsMax = 4 };

    /// <summary>
    /// Decodes a record; throws <see cref="RefusedException"/> if it is not a call, or not one that is well-formed.
    /// </summary>
    public static void Read(byte[] input)
    {
        var fields = CallFields.Of(input);
        ReadHead(input, fields);
        foreach (var decode in s_decoders.Values)
        {
            decode(new XdrReader(fields.Arguments));
        }

        if (!fields.IsUnderstood || !ReadArguments(fields))
        {
            throw new RefusedException("not a call, or not one with these arguments");
        }
    }

    private static void ReadHead(byte[] input, CallFields fields)
    {
        var call = new RpcCall();
        var peer = new RpcPeer(s_client, port: 900);
        for (var attempt = 0; attempt < 2; attempt++)
        {
            // The second time the credential is a remembered one.
            call.Begin(peer, input);
            var verdict = RpcCallHeader.Decode(call);
            Expect.That((verdict == RpcHeaderVerdict.Ok) == fields.IsUnderstood, $"the head is {verdict}");
            if (verdict != RpcHeaderVerdict.Ok)
            {
                continue;
            }

            Expect.That(
                (call.Xid, call.Program, call.Version, call.Procedure) ==
                (fields.Xid, fields.Program, fields.Version, fields.Procedure), "other numbers in the head");
            Expect.That(call.Arguments.Span.SequenceEqual(fields.Arguments), "other arguments");
            uint[]? groups = call.Credential.Flavor == AuthFlavor.AUTH_SYS
                ? [call.Credential.Uid, call.Credential.Gid, .. call.Credential.Groups]
                : null;
            Expect.That((groups ?? []).SequenceEqual(fields.Groups ?? []), "another user");
        }
    }

    private static bool ReadArguments(CallFields fields)
    {
        var reader = new XdrReader(fields.Arguments);
        ReadOnlyMemory<byte>[]? decoded;
        if (fields.Program == RpcWire.Mount && fields.Procedure is (uint)MountProc3.MNT or (uint)MountProc3.UMNT)
        {
            decoded = reader.TryReadOpaque(reader.Remaining, out var path) ? [path] : null;
        }
        else if (fields.Program == RpcWire.Nfs && s_decoders.TryGetValue(Encoding(fields), out var decode))
        {
            decoded = decode(reader);
        }
        else
        {
            return true;
        }

        Expect.That((decoded is not null) == fields.IsWhole, $"decoded: {decoded is not null}");
        if (decoded is not null)
        {
            CompareOpaques(decoded, fields);
        }

        return decoded is not null;
    }

    /// <summary>The procedure whose arguments are encoded alike.</summary>
    private static NfsProc3 Encoding(CallFields fields) => (NfsProc3)fields.Procedure switch
    {
        NfsProc3.READLINK or NfsProc3.FSSTAT or NfsProc3.FSINFO or NfsProc3.PATHCONF => NfsProc3.GETATTR,
        NfsProc3.REMOVE or NfsProc3.RMDIR => NfsProc3.LOOKUP,
        NfsProc3.COMMIT => NfsProc3.READ,
        var procedure => procedure,
    };

    private static void CompareOpaques(ReadOnlyMemory<byte>[] decoded, CallFields fields)
    {
        Expect.That(decoded.Length == fields.Opaques.Count, "a field too many or too few");
        for (var i = 0; i < decoded.Length; i++)
        {
            // The count of a WRITE may be less than its data.
            var isRight = fields.Procedure == (uint)NfsProc3.WRITE
                ? fields.Opaques[i].AsSpan().StartsWith(decoded[i].Span)
                : decoded[i].Span.SequenceEqual(fields.Opaques[i]);
            Expect.That(isRight, $"opaque {i} is another");
        }
    }
}
