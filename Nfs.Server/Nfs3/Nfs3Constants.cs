namespace Nfs.Server.Nfs3;

/// <summary>Numbers of RFC 1813 and the limits that FSINFO announces.</summary>
internal static class Nfs3Constants
{
    public const uint NFS_PROGRAM = 100003;
    public const uint NFS_V3 = 3;

    /// <summary>Longest file handle.</summary>
    public const int NFS3_FHSIZE = 64;

    /// <summary>Encoded <c>fattr3</c>.</summary>
    public const int Fattr3Bytes = 84;

    /// <summary>Largest READ and WRITE: what Linux asks for by itself.</summary>
    public const int TransferBytesMax = 1 << 20;

    /// <summary>Transfers are best a multiple of this.</summary>
    public const uint TransferMultiple = 4096;

    /// <summary>Largest directory page.</summary>
    public const int DirectoryBytesMax = 1 << 20;

    /// <summary>Directory page that FSINFO recommends.</summary>
    public const uint DirectoryBytesPreferred = 256 << 10;

    /// <summary>Mode bits on the wire: type lives elsewhere.</summary>
    public const uint ModeMask = 0xFFF;

    public const uint FSF3_LINK = 0x01;
    public const uint FSF3_SYMLINK = 0x02;
    public const uint FSF3_HOMOGENEOUS = 0x08;
    public const uint FSF3_CANSETTIME = 0x10;
}

/// <summary><c>nfsstat3</c>.</summary>
internal enum NfsStat3 : uint
{
    NFS3_OK = 0,
    NFS3ERR_PERM = 1,
    NFS3ERR_NOENT = 2,
    NFS3ERR_IO = 5,
    NFS3ERR_NXIO = 6,
    NFS3ERR_ACCES = 13,
    NFS3ERR_EXIST = 17,
    NFS3ERR_XDEV = 18,
    NFS3ERR_NODEV = 19,
    NFS3ERR_NOTDIR = 20,
    NFS3ERR_ISDIR = 21,
    NFS3ERR_INVAL = 22,
    NFS3ERR_FBIG = 27,
    NFS3ERR_NOSPC = 28,
    NFS3ERR_ROFS = 30,
    NFS3ERR_MLINK = 31,
    NFS3ERR_NAMETOOLONG = 63,
    NFS3ERR_NOTEMPTY = 66,
    NFS3ERR_DQUOT = 69,
    NFS3ERR_STALE = 70,
    NFS3ERR_REMOTE = 71,
    NFS3ERR_BADHANDLE = 10001,
    NFS3ERR_NOT_SYNC = 10002,
    NFS3ERR_BAD_COOKIE = 10003,
    NFS3ERR_NOTSUPP = 10004,
    NFS3ERR_TOOSMALL = 10005,
    NFS3ERR_SERVERFAULT = 10006,
    NFS3ERR_BADTYPE = 10007,
    NFS3ERR_JUKEBOX = 10008,
}

/// <summary>Procedure numbers (RFC 1813 section 3).</summary>
internal enum NfsProc3 : uint
{
    NULL = 0,
    GETATTR = 1,
    SETATTR = 2,
    LOOKUP = 3,
    ACCESS = 4,
    READLINK = 5,
    READ = 6,
    WRITE = 7,
    CREATE = 8,
    MKDIR = 9,
    SYMLINK = 10,
    MKNOD = 11,
    REMOVE = 12,
    RMDIR = 13,
    RENAME = 14,
    LINK = 15,
    READDIR = 16,
    READDIRPLUS = 17,
    FSSTAT = 18,
    FSINFO = 19,
    PATHCONF = 20,
    COMMIT = 21,
}
