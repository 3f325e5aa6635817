namespace Nfs.Tests.Fixtures;

/// <summary>RPC calls as raw bytes (RFC 5531), without a record mark.</summary>
internal static class RpcWire
{
    public const uint Nfs = 100003;
    public const uint Mount = 100005;

    /// <summary>A credential: flavour and body.</summary>
    public static byte[] AuthSys(
        uint uid = 1000, uint gid = 1000, uint[]? groups = null, uint stamp = 7, string machine = "client")
    {
        var body = new XdrBytes().U32(stamp).Text(machine).U32(uid).U32(gid).U32((uint)(groups ?? []).Length);
        foreach (var group in groups ?? [])
        {
            body.U32(group);
        }

        return new XdrBytes().U32(1).Opaque(body);
    }

    public static byte[] AuthNone() => new XdrBytes().U32(0).U32(0);

    public static byte[] Call(
        uint xid, uint program, uint version, uint procedure, byte[] args, byte[]? credential = null,
        byte[]? verifier = null, uint rpcVersion = 2, uint type = 0) =>
        new XdrBytes()
            .U32(xid).U32(type).U32(rpcVersion).U32(program).U32(version).U32(procedure)
            .Raw(credential ?? AuthSys(0, 0)).Raw(verifier ?? AuthNone())
            .Raw(args);

    /// <summary>A record in one fragment.</summary>
    public static byte[] Record(byte[] message) =>
        new XdrBytes().U32(0x8000_0000u | (uint)message.Length).Raw(message);

    /// <summary>A record in fragments of the given sizes; the rest is the last one.</summary>
    public static byte[] Fragments(byte[] message, params int[] sizes)
    {
        var record = new XdrBytes();
        var start = 0;
        foreach (var size in sizes)
        {
            record.U32((uint)size).Raw(message.AsSpan(start, size));
            start += size;
        }

        return record.U32(0x8000_0000u | (uint)(message.Length - start)).Raw(message.AsSpan(start));
    }
}
