using System.Net;

namespace Nfs.Server.Exports;

/// <summary>A tree that clients may mount, and on what terms.</summary>
public sealed record Export
{
    /// <summary>What clients name in MNT: absolute, components joined by '/'.</summary>
    public string Path { get; init; } = "/";

    /// <summary>Part of every file handle; never given to another tree.</summary>
    public uint Id { get; init; } = 1;

    /// <summary>
    /// The <c>fsid</c> in attributes; not 0, and stable, since clients make a new mount where it changes.
    /// </summary>
    public ulong Fsid { get; init; } = 1;

    /// <summary>Networks whose machines may use the export; none: this machine alone.</summary>
    public IReadOnlyList<IPNetwork> Networks { get; init; } = [];

    /// <summary>Whether everything that modifies is refused with NFS3ERR_ROFS.</summary>
    public bool IsReadOnly { get; init; }

    /// <summary>Who is turned into the anonymous user.</summary>
    public Squash Squash { get; init; } = Squash.RemoteRoot;

    /// <summary>The anonymous user.</summary>
    public uint AnonymousUid { get; init; } = 65534;

    /// <summary>The anonymous group.</summary>
    public uint AnonymousGid { get; init; } = 65534;

    /// <summary>Whether calls without an identity (AUTH_NONE) are taken, as the anonymous user's.</summary>
    public bool TakesAuthNone { get; init; }

    /// <summary>
    /// Whether clients have to come from a port below 1024, which on their machine only root can open.
    /// </summary>
    public bool NeedsReservedPort { get; init; }

    /// <summary>What the path of a mount has to start with; null for nothing. Handles do not depend on it.</summary>
    public MountSecret? Secret { get; init; }
}

/// <summary>Which identities become anonymous.</summary>
public enum Squash : byte
{
    /// <summary>Nobody: root stays root.</summary>
    None,

    /// <summary>User 0 and group 0, unless they are this machine's.</summary>
    RemoteRoot,

    /// <summary>User 0 and group 0.</summary>
    Root,

    /// <summary>Everybody.</summary>
    All,
}
