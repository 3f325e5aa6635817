using Vfs.Core;

namespace Nfs.Server.Nfs3.Translation;

/// <summary>
/// The one place where file system errors become <c>nfsstat3</c>. No default arm: every member is named.
/// </summary>
internal static class NfsStat3Map
{
    public static NfsStat3 From(VfsError error) => error switch
    {
        VfsError.None => NfsStat3.NFS3_OK,
        VfsError.Perm => NfsStat3.NFS3ERR_PERM,
        VfsError.NoEnt => NfsStat3.NFS3ERR_NOENT,
        VfsError.Io => NfsStat3.NFS3ERR_IO,
        VfsError.Nxio => NfsStat3.NFS3ERR_NXIO,
        VfsError.Access => NfsStat3.NFS3ERR_ACCES,
        VfsError.Exist => NfsStat3.NFS3ERR_EXIST,
        VfsError.XDev => NfsStat3.NFS3ERR_XDEV,
        VfsError.NotDir => NfsStat3.NFS3ERR_NOTDIR,
        VfsError.IsDir => NfsStat3.NFS3ERR_ISDIR,
        VfsError.Inval => NfsStat3.NFS3ERR_INVAL,
        VfsError.FBig => NfsStat3.NFS3ERR_FBIG,
        VfsError.NoSpc => NfsStat3.NFS3ERR_NOSPC,
        VfsError.RoFs => NfsStat3.NFS3ERR_ROFS,
        VfsError.MLink => NfsStat3.NFS3ERR_MLINK,
        VfsError.NameTooLong => NfsStat3.NFS3ERR_NAMETOOLONG,
        VfsError.NotEmpty => NfsStat3.NFS3ERR_NOTEMPTY,
        VfsError.DQuot => NfsStat3.NFS3ERR_DQUOT,
        VfsError.Stale => NfsStat3.NFS3ERR_STALE,
        VfsError.NotSync => NfsStat3.NFS3ERR_NOT_SYNC,
        VfsError.BadCookie => NfsStat3.NFS3ERR_BAD_COOKIE,
        VfsError.BadType => NfsStat3.NFS3ERR_BADTYPE,
        VfsError.NotSupp => NfsStat3.NFS3ERR_NOTSUPP,
        VfsError.Again => NfsStat3.NFS3ERR_JUKEBOX,
        VfsError.ServerFault => NfsStat3.NFS3ERR_SERVERFAULT,
    };
}
