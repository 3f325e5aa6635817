namespace Nfs.Server.Rpc;

/// <summary>What a program says about a call: the results are encoded, or why there are none.</summary>
/// <param name="Status">The accept status; counts only if <paramref name="Auth"/> is AUTH_OK.</param>
/// <param name="Auth">Other than AUTH_OK: the call is denied for this reason.</param>
internal readonly record struct RpcResult(AcceptStat Status, AuthStat Auth)
{
    public static RpcResult Success => new(AcceptStat.SUCCESS, AuthStat.AUTH_OK);

    public static RpcResult GarbageArgs => new(AcceptStat.GARBAGE_ARGS, AuthStat.AUTH_OK);

    public static RpcResult ProcedureUnavailable => new(AcceptStat.PROC_UNAVAIL, AuthStat.AUTH_OK);

    public static RpcResult Denied(AuthStat why) => new(AcceptStat.SUCCESS, why);
}

/// <summary>What the transport does with a record after dispatch.</summary>
internal enum RpcOutcome : byte
{
    /// <summary>Send the reply that the call holds.</summary>
    Reply,

    /// <summary>Send nothing: nobody waits for the reply any more.</summary>
    Drop,

    /// <summary>The peer does not speak RPC: close the connection.</summary>
    Close,
}
