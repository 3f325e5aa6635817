using System.Runtime.CompilerServices;
using Nfs.Server.Nfs3.Args;
using Nfs.Server.Nfs3.Translation;
using Nfs.Server.Rpc;
using Vfs.Core;

namespace Nfs.Server.Nfs3.Procedures;

/// <summary>COMMIT (RFC 1813 section 3.3.21). Changes something, so a read-only export refuses it.</summary>
internal static class Commit
{
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public static async ValueTask<RpcResult> RunAsync(Nfs3Call call, CancellationToken cancellationToken)
    {
        if (!TryDecode(call, out var args))
        {
            return RpcResult.GarbageArgs;
        }

        var status = call.TryResolveForChange(args.File, out var id);
        if (status != NfsStat3.NFS3_OK)
        {
            return call.Conclude(status, call.Untouched(id));
        }

        var result = await call.Files.CommitAsync(id, args.Offset, args.Count, cancellationToken);
        return Conclude(call, result);
    }

    private static bool TryDecode(Nfs3Call call, out Range3Args args)
    {
        var arguments = call.Arguments();
        return Range3Args.TryDecode(ref arguments, out args);
    }

    private static RpcResult Conclude(Nfs3Call call, in CommitResult result)
    {
        if (result.Error != VfsError.None)
        {
            return call.Conclude(NfsStat3Map.From(result.Error), result.Wcc);
        }

        var results = call.Results(NfsStat3.NFS3_OK);
        results.WriteWcc(result.Wcc);
        results.WriteUInt64(result.Verifier);
        results.Complete();
        return RpcResult.Success;
    }
}
