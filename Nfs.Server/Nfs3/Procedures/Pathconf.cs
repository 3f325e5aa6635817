using Nfs.Server.Nfs3.Args;
using Nfs.Server.Rpc;
using Vfs.Core;

namespace Nfs.Server.Nfs3.Procedures;

/// <summary>PATHCONF (RFC 1813 section 3.3.20); the same for every object.</summary>
internal static class Pathconf
{
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

        var results = call.Results(NfsStat3.NFS3_OK);
        results.WritePostOp(attributes);
        results.WriteUInt32(VfsLimits.LinkCountMax);
        results.WriteUInt32(FileName.BytesMax);
        WriteBehaviour(ref results);
        results.Complete();
        return RpcResult.Success;
    }

    private static void WriteBehaviour(ref Nfs3Writer results)
    {
        const bool NoTrunc = true;
        const bool ChownRestricted = true;
        const bool CaseInsensitive = false;
        const bool CasePreserving = true;
        results.WriteBool(NoTrunc);
        results.WriteBool(ChownRestricted);
        results.WriteBool(CaseInsensitive);
        results.WriteBool(CasePreserving);
    }
}
