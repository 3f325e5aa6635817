using System.Runtime.CompilerServices;
using Nfs.Server.Nfs3.Args;
using Nfs.Server.Nfs3.Translation;
using Nfs.Server.Rpc;
using Vfs.Core;

namespace Nfs.Server.Nfs3.Procedures;

/// <summary>LOOKUP (RFC 1813 section 3.3.3).</summary>
internal static class Lookup
{
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public static async ValueTask<RpcResult> RunAsync(Nfs3Call call, CancellationToken cancellationToken)
    {
        if (!TryDecode(call, out var args))
        {
            return RpcResult.GarbageArgs;
        }

        var status = call.TryResolveName(args, forChange: false, out var directory, out var name);
        if (status != NfsStat3.NFS3_OK)
        {
            return call.Fail(status, call.AttributesOrNull(directory));
        }

        var result = call.Files.Lookup(call.Caller, directory, name);
        if (result.Error == VfsError.NoEnt && await call.Files.FindElsewhereAsync(directory, name))
        {
            result = call.Files.Lookup(call.Caller, directory, name);
        }

        return Conclude(call, result);
    }

    private static bool TryDecode(Nfs3Call call, out DirOpArgs3 args)
    {
        var arguments = call.Arguments();
        return DirOpArgs3.TryDecode(ref arguments, out args);
    }

    private static RpcResult Conclude(Nfs3Call call, in LookupResult result)
    {
        if (result.Object is not { } found)
        {
            return call.Fail(NfsStat3Map.From(result.Error), result.Directory);
        }

        var results = call.Results(NfsStat3.NFS3_OK);
        results.WriteHandle(found.Id);
        results.WritePostOp(found);
        results.WritePostOp(result.Directory);
        results.Complete();
        return RpcResult.Success;
    }
}
