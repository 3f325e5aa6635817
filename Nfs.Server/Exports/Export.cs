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

    /// <summary>Whether everything that modifies is refused with NFS3ERR_ROFS.</summary>
    public bool IsReadOnly { get; init; }

    /// <summary>Who is turned into the anonymous user.</summary>
    public Squash Squash { get; init; } = Squash.Root;

    /// <summary>The anonymous user.</summary>
    public uint AnonymousUid { get; init; } = 65534;

    /// <summary>The anonymous group.</summary>
    public uint AnonymousGid { get; init; } = 65534;
}

/// <summary>Which identities become anonymous.</summary>
public enum Squash : byte
{
    /// <summary>Nobody: root stays root.</summary>
    None,

    /// <summary>User 0 and group 0.</summary>
    Root,

    /// <summary>Everybody.</summary>
    All,
}
