using System.Runtime.CompilerServices;
using Nfs.Server.Nfs3.Args;
using Nfs.Server.Nfs3.Translation;
using Nfs.Server.Rpc;
using Vfs.Core;

namespace Nfs.Server.Nfs3.Procedures;

/// <summary>RENAME (RFC 1813 section 3.3.14).</summary>
internal static class Rename
{
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public static async ValueTask<RpcResult> RunAsync(Nfs3Call call, CancellationToken cancellationToken)
    {
        if (!TryDecode(call, out var args))
        {
            return RpcResult.GarbageArgs;
        }

        var status = call.TryResolveName(args.From, forChange: true, out var from, out var fromName);
        var toStatus = call.TryResolveName(args.To, forChange: true, out var to, out var toName);
        if (status == NfsStat3.NFS3_OK)
        {
            status = toStatus;
        }

        if (status != NfsStat3.NFS3_OK)
        {
            return Conclude(call, status, call.Untouched(from), call.Untouched(to));
        }

        var result = await call.Files.RenameAsync(call.Caller, from, fromName, to, toName, cancellationToken);
        return Conclude(call, NfsStat3Map.From(result.Error), result.From, result.To);
    }

    private static bool TryDecode(Nfs3Call call, out Rename3Args args)
    {
        var arguments = call.Arguments();
        return Rename3Args.TryDecode(ref arguments, out args);
    }

    private static RpcResult Conclude(Nfs3Call call, NfsStat3 status, in WccData from, in WccData to)
    {
        var results = call.Results(status);
        results.WriteWcc(from);
        results.WriteWcc(to);
        results.Complete();
        return RpcResult.Success;
    }
}
