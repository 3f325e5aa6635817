using Nfs.Server.Nfs3.Args;
using Nfs.Server.Rpc;

namespace Nfs.Server.Nfs3.Procedures;

/// <summary>FSSTAT (RFC 1813 section 3.3.18): local figures, whatever the store does.</summary>
internal static class Fsstat
{
    private const uint InvarSeconds = 0;

    public static ValueTask<RpcResult> RunAsync(Nfs3Call call, CancellationToken cancellationToken) => new(Run(call));

    private static RpcResult Run(Nfs3Call call)
    {
        var arguments = call.Arguments();
        if (!arguments.TryReadHandle(out var handle))
        {
            return RpcResult.GarbageArgs;
        }

        var status = call.TryResolveAttributes(handle, out var attributes);
        if (status != NfsStat3.NFS3_OK)
        {
            return call.Fail(status, attributes: null);
        }

        var statistics = call.Files.GetStatistics();
        var results = call.Results(NfsStat3.NFS3_OK);
        results.WritePostOp(attributes);
        Write(ref results, statistics.TotalBytes, statistics.FreeBytes, statistics.AvailableBytes);
        Write(ref results, statistics.TotalFiles, statistics.FreeFiles, statistics.AvailableFiles);
        results.WriteUInt32(InvarSeconds);
        results.Complete();
        return RpcResult.Success;
    }

    /// <summary>Clients subtract these from each other and count in signed numbers: total ≥ free ≥ available.</summary>
    private static void Write(ref Nfs3Writer results, ulong total, ulong free, ulong available)
    {
        total = Math.Min(total, long.MaxValue);
        free = Math.Min(free, total);
        results.WriteUInt64(total);
        results.WriteUInt64(free);
        results.WriteUInt64(Math.Min(available, free));
    }
}
