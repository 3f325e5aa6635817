using Nfs.Server.Rpc;
using Vfs.Core;

namespace Nfs.Server.Exports;

/// <summary>
/// Decides for each call, whatever it got its handle from, who the caller is and what the export allows.
/// Immutable.
/// </summary>
internal sealed class ExportPolicy
{
    private readonly Caller _anonymous;

    public ExportPolicy(Export export)
    {
        Export = export;
        _anonymous = new Caller(export.AnonymousUid, export.AnonymousGid, []);
    }

    public Export Export { get; }

    /// <summary>Flavours that data procedures accept, preferred first.</summary>
    public static ReadOnlySpan<AuthFlavor> Flavors => [AuthFlavor.AUTH_SYS];

    /// <summary>
    /// The identity that permissions are checked against. AUTH_TOOWEAK: the flavour says nothing about the caller.
    /// </summary>
    public AuthStat TryIdentify(RpcCall call, out Caller caller)
    {
        caller = _anonymous;
        var credential = call.Credential;
        if (credential.Flavor != AuthFlavor.AUTH_SYS)
        {
            return AuthStat.AUTH_TOOWEAK;
        }

        caller = Map(credential);
        return AuthStat.AUTH_OK;
    }

    /// <summary>
    /// As <see cref="TryIdentify"/>, but takes callers without an identity as anonymous: MOUNT's rule.
    /// </summary>
    public Caller IdentifyForMount(RpcCall call) =>
        TryIdentify(call, out var caller) == AuthStat.AUTH_OK ? caller : _anonymous;

    private Caller Map(RpcCredential credential)
    {
        if (credential.Mapping is Mapping mapping && ReferenceEquals(mapping.Policy, this))
        {
            return mapping.Caller;
        }

        var caller = MapAnew(credential);
        credential.Mapping = new Mapping(this, caller);
        return caller;
    }

    private Caller MapAnew(RpcCredential credential) => Export.Squash switch
    {
        Squash.None => new Caller(credential.Uid, credential.Gid, credential.Groups),
        Squash.Root => new Caller(
            credential.Uid == 0 ? Export.AnonymousUid : credential.Uid,
            SquashGroup(credential.Gid),
            [.. credential.Groups.Select(SquashGroup)]),
        Squash.All => _anonymous,
    };

    private uint SquashGroup(uint gid) => gid == 0 ? Export.AnonymousGid : gid;

    private sealed record Mapping(ExportPolicy Policy, Caller Caller);
}
