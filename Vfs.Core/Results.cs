using System.Buffers;

namespace Vfs.Core;

/// <summary>A value, or why there is none.</summary>
/// <param name="Error"><see cref="VfsError.None"/> if <paramref name="Value"/> holds.</param>
/// <param name="Value">The value; default on an error.</param>
public readonly record struct VfsResult<T>(VfsError Error, T Value)
{
    /// <summary>Whether the operation succeeded.</summary>
    public bool IsOk => Error == VfsError.None;

    /// <summary>A success.</summary>
    public static implicit operator VfsResult<T>(T value) => new(VfsError.None, value);

    /// <summary>A failure.</summary>
    public static implicit operator VfsResult<T>(VfsError error) => new(error, default!);
}

/// <summary>Outcome of an operation on one object: attributes are given on failure too, if the object exists.</summary>
public readonly record struct ChangeResult(VfsError Error, WccData Wcc);

/// <summary>Outcome of LOOKUP. <paramref name="Object"/> is set on success only.</summary>
public readonly record struct LookupResult(VfsError Error, Attributes? Object, Attributes? Directory);

/// <summary>Outcome of ACCESS: the granted subset of the asked bits.</summary>
public readonly record struct AccessResult(VfsError Error, AccessBits Granted, Attributes? Object);

/// <summary>Outcome of READLINK: the target, byte for byte.</summary>
public readonly record struct ReadLinkResult(VfsError Error, ReadOnlyMemory<byte> Target, Attributes? Object);

/// <summary>
/// Outcome of READ. The receiver owns <paramref name="Data"/> and disposes it when the bytes are sent; it is null on
/// failure and when nothing was read.
/// </summary>
/// <param name="Error">The error, if any.</param>
/// <param name="Data">The bytes; its memory is at least <paramref name="Count"/> long.</param>
/// <param name="Count">Bytes read.</param>
/// <param name="Eof">Whether offset plus count reaches the end of the file.</param>
/// <param name="Object">Attributes at the time of reading.</param>
public readonly record struct ReadResult(
    VfsError Error, IMemoryOwner<byte>? Data, int Count, bool Eof, Attributes? Object);

/// <summary>Outcome of WRITE.</summary>
/// <param name="Error">The error, if any.</param>
/// <param name="Count">Bytes taken.</param>
/// <param name="Committed">How durable they are: never weaker than asked, never stronger than true.</param>
/// <param name="Verifier">Changes whenever unstable data may have been lost (RFC 1813 section 4.8).</param>
/// <param name="Wcc">Attributes before and after.</param>
public readonly record struct WriteResult(
    VfsError Error, int Count, Stability Committed, ulong Verifier, WccData Wcc);

/// <summary>Outcome of COMMIT.</summary>
public readonly record struct CommitResult(VfsError Error, ulong Verifier, WccData Wcc);

/// <summary>Outcome of CREATE, MKDIR, SYMLINK, MKNOD. <paramref name="Object"/> is set on success only.</summary>
public readonly record struct CreateResult(VfsError Error, Attributes? Object, WccData Directory);

/// <summary>Outcome of RENAME.</summary>
public readonly record struct RenameResult(VfsError Error, WccData From, WccData To);

/// <summary>Outcome of LINK.</summary>
public readonly record struct LinkResult(VfsError Error, Attributes? Object, WccData Directory);

/// <summary>Outcome of READDIR and READDIRPLUS; the entries are in the caller's list.</summary>
/// <param name="Error">The error, if any.</param>
/// <param name="Eof">Whether the last entry given is the last of the directory.</param>
/// <param name="Directory">Attributes of the directory.</param>
public readonly record struct ReadDirectoryResult(VfsError Error, bool Eof, Attributes? Directory);

/// <summary>One entry of a listing.</summary>
/// <param name="Id">The inode.</param>
/// <param name="Name">The name; valid until the entry's list is reused.</param>
/// <param name="Cookie">Where to resume: strictly after this entry. Never 0, below 2^53, valid for ever.</param>
/// <param name="Attributes">Set if asked for.</param>
public readonly record struct DirectoryEntry(
    InodeId Id, ReadOnlyMemory<byte> Name, ulong Cookie, Attributes? Attributes);

/// <summary>How durable a WRITE is. Values are those of <c>stable_how</c>.</summary>
public enum Stability : byte
{
    /// <summary>UNSTABLE: may be lost in a crash, and then the verifier changes.</summary>
    Unstable = 0,

    /// <summary>DATA_SYNC: the data is on stable storage.</summary>
    DataSync = 1,

    /// <summary>FILE_SYNC: data and attributes are on stable storage.</summary>
    FileSync = 2,
}

/// <summary>Bits of ACCESS (RFC 1813 section 3.3.4).</summary>
[Flags]
public enum AccessBits : uint
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>ACCESS3_READ.</summary>
    Read = 0x01,

    /// <summary>ACCESS3_LOOKUP, directories only.</summary>
    Lookup = 0x02,

    /// <summary>ACCESS3_MODIFY.</summary>
    Modify = 0x04,

    /// <summary>ACCESS3_EXTEND.</summary>
    Extend = 0x08,

    /// <summary>ACCESS3_DELETE, directories only.</summary>
    Delete = 0x10,

    /// <summary>ACCESS3_EXECUTE, non-directories only.</summary>
    Execute = 0x20,
}

/// <summary>How CREATE treats an existing name. Values are those of <c>createmode3</c>.</summary>
public enum CreateMode : byte
{
    /// <summary>UNCHECKED: an existing regular file is taken; a size in the attributes truncates it.</summary>
    Unchecked = 0,

    /// <summary>GUARDED: an existing name is EXIST.</summary>
    Guarded = 1,

    /// <summary>EXCLUSIVE: an existing file made with the same verifier is taken.</summary>
    Exclusive = 2,
}

/// <summary>Space and object counts (FSSTAT); totals ≥ free ≥ available.</summary>
public readonly record struct FileSystemStatistics(
    ulong TotalBytes, ulong FreeBytes, ulong AvailableBytes, ulong TotalFiles, ulong FreeFiles, ulong AvailableFiles);
