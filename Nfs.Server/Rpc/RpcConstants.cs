namespace Nfs.Server.Rpc;

/// <summary>Numbers of RFC 5531 section 9.</summary>
internal static class RpcConstants
{
    public const uint RpcVersion = 2;
    public const uint CALL = 0;
    public const uint REPLY = 1;
    public const uint MSG_ACCEPTED = 0;
    public const uint MSG_DENIED = 1;
    public const uint RPC_MISMATCH = 0;
    public const uint AUTH_ERROR = 1;

    /// <summary>Longest body of a credential or verifier.</summary>
    public const int AuthBytesMax = 400;

    /// <summary>Longest machine name in AUTH_SYS.</summary>
    public const int MachineNameBytesMax = 255;

    /// <summary>Most supplementary groups in AUTH_SYS.</summary>
    public const int GroupsMax = 16;
}

/// <summary><c>auth_flavor</c>.</summary>
internal enum AuthFlavor : uint
{
    AUTH_NONE = 0,
    AUTH_SYS = 1,
    AUTH_SHORT = 2,
    AUTH_DH = 3,
    RPCSEC_GSS = 6,
    AUTH_TLS = 7,
}

/// <summary><c>accept_stat</c>.</summary>
internal enum AcceptStat : uint
{
    SUCCESS = 0,
    PROG_UNAVAIL = 1,
    PROG_MISMATCH = 2,
    PROC_UNAVAIL = 3,
    GARBAGE_ARGS = 4,
    SYSTEM_ERR = 5,
}

/// <summary><c>auth_stat</c>.</summary>
internal enum AuthStat : uint
{
    AUTH_OK = 0,
    AUTH_BADCRED = 1,
    AUTH_REJECTEDCRED = 2,
    AUTH_BADVERF = 3,
    AUTH_REJECTEDVERF = 4,
    AUTH_TOOWEAK = 5,
}
