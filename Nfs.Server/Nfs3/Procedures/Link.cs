using System.Runtime.CompilerServices;
using Nfs.Server.Nfs3.Args;
using Nfs.Server.Nfs3.Translation;
using Nfs.Server.Rpc;
using Vfs.Core;

namespace Nfs.Server.Nfs3.Procedures;

/// <summary>LINK (RFC 1813 section 3.3.15): a file's handle, a directory's handle, a name.</summary>
internal static class Link
{
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public static async ValueTask<RpcResult> RunAsync(Nfs3Call call, CancellationToken cancellationToken)
    {
        if (!TryDecode(call, out var args))
        {
            return RpcResult.GarbageArgs;
        }

        var status = call.TryResolveForChange(args.File, out var id);
        var linkStatus = call.TryResolveName(args.Link, forChange: true, out var directory, out var name);
        if (status == NfsStat3.NFS3_OK)
        {
            status = linkStatus;
        }

        if (status != NfsStat3.NFS3_OK)
        {
            return Conclude(call, status, call.AttributesOrNull(id), call.Untouched(directory));
        }

        var result = await call.Files.LinkAsync(call.Caller, id, directory, name, cancellationToken);
        return Conclude(call, NfsStat3Map.From(result.Error), result.Object, result.Directory);
    }

    private static bool TryDecode(Nfs3Call call, out Link3Args args)
    {
        var arguments = call.Arguments();
        return Link3Args.TryDecode(ref arguments, out args);
    }

    private static RpcResult Conclude(Nfs3Call call, NfsStat3 status, in Attributes? file, in WccData directory)
    {
        var results = call.Results(status);
        results.WritePostOp(file);
        results.WriteWcc(directory);
        results.Complete();
        return RpcResult.Success;
    }
}
