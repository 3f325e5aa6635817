namespace Vfs.Core;

/// <summary>What kind of object an inode is. Values are those of <c>ftype3</c> (RFC 1813 section 2.6).</summary>
public enum InodeType : byte
{
    /// <summary>Regular file.</summary>
    Regular = 1,

    /// <summary>Directory.</summary>
    Directory = 2,

    /// <summary>Block device.</summary>
    BlockDevice = 3,

    /// <summary>Character device.</summary>
    CharacterDevice = 4,

    /// <summary>Symbolic link.</summary>
    SymbolicLink = 5,

    /// <summary>Socket.</summary>
    Socket = 6,

    /// <summary>Named pipe.</summary>
    Fifo = 7,
}

/// <summary>The attributes of an object at one moment.</summary>
/// <param name="Id">The inode.</param>
/// <param name="Type">The kind of object; never changes.</param>
/// <param name="Mode">Permission, setuid, setgid and sticky bits: at most 07777.</param>
/// <param name="LinkCount">Names of a file; 2 plus sub-directories of a directory.</param>
/// <param name="Uid">Owner.</param>
/// <param name="Gid">Group.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Used">Bytes of storage that the object stands for.</param>
/// <param name="DeviceMajor">Major number of a device, else 0.</param>
/// <param name="DeviceMinor">Minor number of a device, else 0.</param>
/// <param name="Atime">Last access, as set by clients; reads do not move it.</param>
/// <param name="Mtime">Last change of the data.</param>
/// <param name="Ctime">Last change of anything; strictly rising per object.</param>
public readonly record struct Attributes(
    InodeId Id,
    InodeType Type,
    uint Mode,
    uint LinkCount,
    uint Uid,
    uint Gid,
    ulong Size,
    ulong Used,
    uint DeviceMajor,
    uint DeviceMinor,
    Timestamp Atime,
    Timestamp Mtime,
    Timestamp Ctime)
{
    /// <summary>What clients compare to see whether their cache is still good.</summary>
    public WccAttributes Wcc => new(Size, Mtime, Ctime);
}

/// <summary>The attributes before an operation, as far as clients need them (<c>wcc_attr</c>).</summary>
/// <param name="Size">Bytes.</param>
/// <param name="Mtime">Last change of the data.</param>
/// <param name="Ctime">Last change of anything.</param>
public readonly record struct WccAttributes(ulong Size, Timestamp Mtime, Timestamp Ctime);

/// <summary>
/// Attributes right before and right after an operation, both taken under the lock that the operation held
/// (<c>wcc_data</c>). Null where the object is gone or was never found.
/// </summary>
/// <param name="Before">State immediately before.</param>
/// <param name="After">State immediately after.</param>
public readonly record struct WccData(WccAttributes? Before, Attributes? After);

/// <summary>Attributes to set; null leaves one alone (<c>sattr3</c>).</summary>
public readonly record struct AttributeChanges
{
    /// <summary>New mode, at most 07777.</summary>
    public uint? Mode { get; init; }

    /// <summary>New owner.</summary>
    public uint? Uid { get; init; }

    /// <summary>New group.</summary>
    public uint? Gid { get; init; }

    /// <summary>New size in bytes: truncates, or extends with zeros.</summary>
    public ulong? Size { get; init; }

    /// <summary>What to do with atime.</summary>
    public TimeChange Atime { get; init; }

    /// <summary>What to do with mtime.</summary>
    public TimeChange Mtime { get; init; }
}

/// <summary>How to set one time (<c>time_how</c>). The default value changes nothing.</summary>
/// <param name="Kind">Leave it, take the server's clock, or take <paramref name="Value"/>.</param>
/// <param name="Value">The time for <see cref="TimeChangeKind.SetToClientTime"/>.</param>
public readonly record struct TimeChange(TimeChangeKind Kind, Timestamp Value);

/// <summary>Values of <c>time_how</c>.</summary>
public enum TimeChangeKind : byte
{
    /// <summary>DONT_CHANGE.</summary>
    DontChange,

    /// <summary>SET_TO_SERVER_TIME.</summary>
    SetToServerTime,

    /// <summary>SET_TO_CLIENT_TIME.</summary>
    SetToClientTime,
}
