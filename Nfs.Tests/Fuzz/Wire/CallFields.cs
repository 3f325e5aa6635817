using Nfs.Tests.Fixtures;

namespace Nfs.Tests.Fuzz.Wire;

/// <summary>A call as RFC 5531 and RFC 1813 lay it out, as far as it can be read.</summary>
internal sealed class CallFields
{
    private const uint AuthNone = 0;
    private const uint AuthSys = 1;
    private const uint AuthTls = 7;
    private const uint AuthBytesMax = 400;

    private CallFields(byte[] record)
    {
        var reader = new FieldReader(record);
        Xid = reader.Number();
        var type = reader.Number();
        var rpcVersion = reader.Number();
        HasVersion = !reader.IsBroken && type == 0;
        (Program, Version, Procedure) = (reader.Number(), reader.Number(), reader.Number());
        var flavor = reader.Number();
        var credential = reader.Opaque(XdrKind.Credential, AuthBytesMax);
        reader.Number();
        reader.Opaque(XdrKind.Bytes, AuthBytesMax);
        IsUnderstood = HasVersion && !reader.IsBroken && rpcVersion == 2 && MayCall(flavor, credential);
        Groups = flavor == AuthSys ? GroupsOf(credential) : null;

        Arguments = reader.Rest.ToArray();
        var head = reader.Fields.Count;
        CallGrammar.ReadArguments(reader, Program, Procedure);
        IsWhole = !reader.IsBroken;
        Left = reader.Rest.ToArray();
        reader.Finish();
        Fields = reader.Fields;
        Opaques = [.. Fields.Skip(head).Where(field => field.IsOpaque).Select(Content)];
    }

    public uint Xid { get; }

    public uint Program { get; }

    public uint Version { get; }

    public uint Procedure { get; }

    /// <summary>Whether it says that it is a call of some version of RPC: then it is answered, unless cut off.</summary>
    public bool HasVersion { get; }

    /// <summary>Whether the head is that of a call whose credential is taken.</summary>
    public bool IsUnderstood { get; }

    /// <summary>Whether the arguments are what the procedure wants.</summary>
    public bool IsWhole { get; }

    /// <summary>uid, gid and groups of AUTH_SYS; null if it is none.</summary>
    public uint[]? Groups { get; }

    public byte[] Arguments { get; }

    /// <summary>What comes after the arguments, or from where on they are not understood.</summary>
    public byte[] Left { get; }

    /// <summary>Handles, names and data of the arguments.</summary>
    public IReadOnlyList<byte[]> Opaques { get; }

    public List<XdrField> Fields { get; }

    public static CallFields Of(byte[] record) => new(record);

    private bool MayCall(uint flavor, byte[] credential) => flavor switch
    {
        AuthNone => true,
        AuthSys => GroupsOf(credential) is not null,
        AuthTls => Procedure == 0 && credential.Length == 0,
        _ => false,
    };

    private static uint[]? GroupsOf(byte[] credential)
    {
        var reader = new FieldReader(credential);
        CallGrammar.ReadAuthSys(reader);
        if (reader.IsBroken)
        {
            return null;
        }

        uint[] words = [.. reader.Fields.Skip(2).Select(field => new WireReply(field.Bytes).U32())];
        return [.. words[..2], .. words[3..]];
    }

    private static byte[] Content(XdrField field)
    {
        var length = (int)new WireReply(field.Bytes).U32();
        return field.Bytes[sizeof(uint)..(sizeof(uint) + length)];
    }
}
