using System.Runtime.CompilerServices;
using Nfs.Server.Nfs3.Args;
using Nfs.Server.Nfs3.Translation;
using Nfs.Server.Rpc;
using Vfs.Core;

namespace Nfs.Server.Nfs3.Procedures;

/// <summary>WRITE (RFC 1813 section 3.3.7). The data is borrowed from the record that it came in.</summary>
internal static class Write
{
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public static async ValueTask<RpcResult> RunAsync(Nfs3Call call, CancellationToken cancellationToken)
    {
        if (!TryDecode(call, out var args))
        {
            return RpcResult.GarbageArgs;
        }

        var status = call.TryResolveForChange(args.File, out var id);
        if (status == NfsStat3.NFS3_OK && args.Offset > VfsLimits.FileBytesMax - (ulong)args.Data.Length)
        {
            status = NfsStat3.NFS3ERR_FBIG;
        }

        if (status != NfsStat3.NFS3_OK)
        {
            return call.Conclude(status, call.Untouched(id));
        }

        var result = await call.Files.WriteAsync(
            call.Caller, id, args.Offset, args.Data, args.Stable, cancellationToken);
        return Conclude(call, result);
    }

    private static bool TryDecode(Nfs3Call call, out Write3Args args)
    {
        var arguments = call.Arguments();
        return Write3Args.TryDecode(ref arguments, out args);
    }

    private static RpcResult Conclude(Nfs3Call call, in WriteResult result)
    {
        if (result.Error != VfsError.None)
        {
            return call.Conclude(NfsStat3Map.From(result.Error), result.Wcc);
        }

        var results = call.Results(NfsStat3.NFS3_OK);
        results.WriteWcc(result.Wcc);
        results.WriteUInt32((uint)result.Count);
        results.WriteUInt32((uint)result.Committed);
        results.WriteUInt64(result.Verifier);
        results.Complete();
        return RpcResult.Success;
    }
}
