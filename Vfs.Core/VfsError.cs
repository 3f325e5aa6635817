namespace Vfs.Core;

/// <summary>
/// Why an operation failed, in POSIX terms. Expected failures are values of this type and never exceptions;
/// each protocol maps them in one total function.
/// </summary>
public enum VfsError : byte
{
    /// <summary>The operation succeeded.</summary>
    None,

    /// <summary>Only the owner or root may do this (EPERM).</summary>
    Perm,

    /// <summary>The name does not exist (ENOENT).</summary>
    NoEnt,

    /// <summary>The local disk or the store failed for good (EIO).</summary>
    Io,

    /// <summary>No such device (ENXIO).</summary>
    Nxio,

    /// <summary>The mode bits forbid it (EACCES).</summary>
    Access,

    /// <summary>The name exists already (EEXIST).</summary>
    Exist,

    /// <summary>Across two exports (EXDEV).</summary>
    XDev,

    /// <summary>Not a directory (ENOTDIR).</summary>
    NotDir,

    /// <summary>Is a directory (EISDIR).</summary>
    IsDir,

    /// <summary>An argument makes no sense for this object (EINVAL).</summary>
    Inval,

    /// <summary>Past the largest file size (EFBIG).</summary>
    FBig,

    /// <summary>The local disk is full (ENOSPC).</summary>
    NoSpc,

    /// <summary>The export is read-only (EROFS).</summary>
    RoFs,

    /// <summary>Too many hard links (EMLINK).</summary>
    MLink,

    /// <summary>A name longer than 255 bytes or a link text longer than 1,024 (ENAMETOOLONG).</summary>
    NameTooLong,

    /// <summary>The directory is not empty (ENOTEMPTY).</summary>
    NotEmpty,

    /// <summary>A quota is used up (EDQUOT).</summary>
    DQuot,

    /// <summary>The object is gone (ESTALE).</summary>
    Stale,

    /// <summary>The guard time of SETATTR did not match; nothing was changed.</summary>
    NotSync,

    /// <summary>The directory cookie is not one of ours.</summary>
    BadCookie,

    /// <summary>The object type cannot be made by this call.</summary>
    BadType,

    /// <summary>Not supported here (ENOTSUP).</summary>
    NotSupp,

    /// <summary>The data is not here yet or the store is away: ask again later (EAGAIN).</summary>
    Again,

    /// <summary>A bug or damaged local state.</summary>
    ServerFault,
}
