using Nfs.Server.Rpc;
using Vfs.Core;

namespace Nfs.Server.Exports;

/// <summary>
/// Decides for each call, wherever it got its handle from, whether its export takes it, who the caller is and what he
/// may change. Nothing that a client was told before counts: not a mount, not a handle. Immutable.
/// </summary>
internal sealed class ExportPolicy(ExportTable exports)
{
    private const int ReservedPorts = 1024;

    private static readonly AuthFlavor[] s_flavors = [AuthFlavor.AUTH_SYS];
    private static readonly AuthFlavor[] s_flavorsWithNone = [AuthFlavor.AUTH_SYS, AuthFlavor.AUTH_NONE];

    /// <summary>Flavours that data procedures accept, preferred first.</summary>
    public static ReadOnlySpan<AuthFlavor> FlavorsOf(ServedExport export) =>
        export.Rules.TakesAuthNone ? s_flavorsWithNone : s_flavors;

    /// <summary>Whether anything may change in an export.</summary>
    public static bool MayChange(ServedExport export) => !export.Rules.IsReadOnly;

    /// <summary>
    /// Whether an export takes a call, and the identity that permissions are checked against. A call whose handle names
    /// no export (null) gets as far as being told so. AUTH_TOOWEAK: the machine is not in the export's networks, its
    /// port is not the one of a system program, or the flavour says nothing about the caller.
    /// </summary>
    public AuthStat TryAdmit(RpcCall call, ServedExport? export, out Caller caller)
    {
        var credential = call.Credential;
        if (export is null)
        {
            caller = exports.All[0].Anonymous;
            return credential.Flavor == AuthFlavor.AUTH_SYS ? AuthStat.AUTH_OK : AuthStat.AUTH_TOOWEAK;
        }

        caller = export.Anonymous;
        if (!IsAdmitted(call.Peer, export))
        {
            return AuthStat.AUTH_TOOWEAK;
        }

        if (credential.Flavor != AuthFlavor.AUTH_SYS)
        {
            return export.Rules.TakesAuthNone ? AuthStat.AUTH_OK : AuthStat.AUTH_TOOWEAK;
        }

        caller = Map(credential, export, call.Peer.Address);
        return AuthStat.AUTH_OK;
    }

    /// <summary>
    /// As <see cref="TryAdmit"/>, but takes callers without an identity as anonymous: MOUNT's rule.
    /// </summary>
    public bool TryAdmitMount(RpcCall call, ServedExport export, out Caller caller)
    {
        var isKnown = call.Credential.Flavor == AuthFlavor.AUTH_SYS;
        caller = isKnown ? Map(call.Credential, export, call.Peer.Address) : export.Anonymous;
        return IsAdmitted(call.Peer, export);
    }

    /// <summary>Whether a machine may learn that an export is there. One with a secret is named by nobody.</summary>
    public static bool IsVisible(RpcPeer peer, ServedExport export) =>
        export.Rules.Secret is null && export.Contains(peer.Address);

    private static bool IsAdmitted(RpcPeer peer, ServedExport export) =>
        export.Contains(peer.Address) && (!export.Rules.NeedsReservedPort || peer.Port < ReservedPorts);

    /// <summary>A credential belongs to one connection, so its callers do not depend on the address either.</summary>
    private Caller Map(RpcCredential credential, ServedExport export, ClientAddress client)
    {
        if (credential.Mapping is not Mapping mapping || !ReferenceEquals(mapping.Policy, this))
        {
            credential.Mapping = mapping = new Mapping(this, new Caller?[exports.All.Count]);
        }

        return mapping.Callers[export.Index] ??= MapAnew(credential, export, client);
    }

    private static Caller MapAnew(RpcCredential credential, ServedExport export, ClientAddress client) =>
        export.Rules.Squash switch
        {
            Squash.None => AsGiven(credential),
            Squash.RemoteRoot when client.IsLoopback => AsGiven(credential),
            Squash.RemoteRoot or Squash.Root => WithoutRoot(credential, export.Anonymous),
            Squash.All => export.Anonymous,
        };

    private static Caller AsGiven(RpcCredential credential) =>
        new(credential.Uid, credential.Gid, credential.Groups);

    private static Caller WithoutRoot(RpcCredential credential, Caller anonymous)
    {
        uint Squashed(uint gid) => gid == 0 ? anonymous.Gid : gid;
        return new Caller(
            credential.Uid == 0 ? anonymous.Uid : credential.Uid,
            Squashed(credential.Gid),
            [.. credential.Groups.Select(Squashed)]);
    }

    /// <summary>
    /// The callers that a credential is in each export. Threads may race to fill a place: each puts in an equal,
    /// immutable object.
    /// </summary>
    private sealed record Mapping(ExportPolicy Policy, Caller?[] Callers);
}
