using System.Runtime.CompilerServices;
using Nfs.Server.Nfs3.Args;
using Nfs.Server.Nfs3.Translation;
using Nfs.Server.Rpc;

namespace Nfs.Server.Nfs3.Procedures;

/// <summary>RMDIR (RFC 1813 section 3.3.13).</summary>
internal static class Rmdir
{
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public static async ValueTask<RpcResult> RunAsync(Nfs3Call call, CancellationToken cancellationToken)
    {
        if (!TryDecode(call, out var args))
        {
            return RpcResult.GarbageArgs;
        }

        var status = call.TryResolveName(args, forChange: true, out var directory, out var name);
        if (status != NfsStat3.NFS3_OK)
        {
            return call.Conclude(status, call.Untouched(directory));
        }

        var result = await call.Files.RemoveDirectoryAsync(call.Caller, directory, name, cancellationToken);
        return call.Conclude(NfsStat3Map.From(result.Error), result.Wcc);
    }

    private static bool TryDecode(Nfs3Call call, out DirOpArgs3 args)
    {
        var arguments = call.Arguments();
        return DirOpArgs3.TryDecode(ref arguments, out args);
    }
}
