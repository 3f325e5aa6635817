namespace Nfs.Server.Rpc;

/// <summary>A decoded credential. Immutable but for <see cref="Mapping"/>; shared by the calls that carry it.</summary>
internal sealed class RpcCredential(AuthFlavor flavor, uint uid, uint gid, uint[] groups)
{
    /// <summary>AUTH_NONE: nobody in particular.</summary>
    public static RpcCredential None { get; } = new(AuthFlavor.AUTH_NONE, 0, 0, []);

    public AuthFlavor Flavor { get; } = flavor;

    public uint Uid { get; } = uid;

    public uint Gid { get; } = gid;

    public IReadOnlyList<uint> Groups { get; } = groups;

    /// <summary>
    /// What an export made of this credential, kept so that it is made once. Writers may race: each puts in an equal,
    /// immutable object, and a reader takes it only after checking whose it is.
    /// </summary>
    public object? Mapping { get; set; }
}
