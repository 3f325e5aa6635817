namespace Nfs.Server.Rpc;

/// <summary>One version of one RPC program.</summary>
internal interface IRpcProgram
{
    /// <summary>Program number.</summary>
    uint Number { get; }

    /// <summary>The only version spoken.</summary>
    uint Version { get; }

    /// <summary>Procedures are numbered from 0 to one less than this.</summary>
    uint ProcedureCount { get; }

    /// <summary>Whether running <paramref name="procedure"/> twice differs from running it once.</summary>
    bool KeepsReply(uint procedure);

    /// <summary>
    /// Runs a call and appends its results to <see cref="RpcCall.Reply"/>, which holds the head of an accepted reply.
    /// If the result is anything but a success, what was appended is thrown away.
    /// </summary>
    ValueTask<RpcResult> CallAsync(RpcCall call, CancellationToken cancellationToken);
}
