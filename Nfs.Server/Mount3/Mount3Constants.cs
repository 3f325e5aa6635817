using Vfs.Core;

namespace Nfs.Server.Mount3;

/// <summary>Numbers of RFC 1813 appendix I.</summary>
internal static class Mount3Constants
{
    public const uint MOUNT_PROGRAM = 100005;
    public const uint MOUNT_V3 = 3;

    /// <summary>Longest path.</summary>
    public const int MNTPATHLEN = 1024;
}

/// <summary>Procedure numbers.</summary>
internal enum MountProc3 : uint
{
    NULL = 0,
    MNT = 1,
    DUMP = 2,
    UMNT = 3,
    UMNTALL = 4,
    EXPORT = 5,
}

/// <summary><c>mountstat3</c>.</summary>
internal enum MountStat3 : uint
{
    MNT3_OK = 0,
    MNT3ERR_PERM = 1,
    MNT3ERR_NOENT = 2,
    MNT3ERR_IO = 5,
    MNT3ERR_ACCES = 13,
    MNT3ERR_NOTDIR = 20,
    MNT3ERR_INVAL = 22,
    MNT3ERR_NAMETOOLONG = 63,
    MNT3ERR_NOTSUPP = 10004,
    MNT3ERR_SERVERFAULT = 10006,
}

/// <summary>The one place where file system errors become <c>mountstat3</c>, which knows fewer.</summary>
internal static class MountStat3Map
{
    public static MountStat3 From(VfsError error) => error switch
    {
        VfsError.None => MountStat3.MNT3_OK,
        VfsError.Perm => MountStat3.MNT3ERR_PERM,
        VfsError.NoEnt or VfsError.Stale => MountStat3.MNT3ERR_NOENT,
        VfsError.Access => MountStat3.MNT3ERR_ACCES,
        VfsError.NotDir => MountStat3.MNT3ERR_NOTDIR,
        VfsError.Inval => MountStat3.MNT3ERR_INVAL,
        VfsError.NameTooLong => MountStat3.MNT3ERR_NAMETOOLONG,
        VfsError.NotSupp => MountStat3.MNT3ERR_NOTSUPP,

        // There is no "ask again later" here; a mount that fails for this reason is tried again by people or autofs.
        VfsError.Again or VfsError.Io or VfsError.Nxio => MountStat3.MNT3ERR_IO,
        VfsError.Exist or VfsError.XDev or VfsError.IsDir or VfsError.FBig or VfsError.NoSpc or VfsError.RoFs or
            VfsError.MLink or VfsError.NotEmpty or VfsError.DQuot or VfsError.NotSync or VfsError.BadCookie or
            VfsError.BadType or VfsError.ServerFault => MountStat3.MNT3ERR_SERVERFAULT,
    };
}
