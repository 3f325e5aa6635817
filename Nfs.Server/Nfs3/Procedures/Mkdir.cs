using System.Runtime.CompilerServices;
using Nfs.Server.Nfs3.Args;
using Nfs.Server.Rpc;

namespace Nfs.Server.Nfs3.Procedures;

/// <summary>MKDIR (RFC 1813 section 3.3.9).</summary>
internal static class Mkdir
{
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public static async ValueTask<RpcResult> RunAsync(Nfs3Call call, CancellationToken cancellationToken)
    {
        if (!TryDecode(call, out var args))
        {
            return RpcResult.GarbageArgs;
        }

        var status = call.TryResolveName(args.Where, forChange: true, out var directory, out var name);
        if (status != NfsStat3.NFS3_OK)
        {
            return call.Conclude(status, call.Untouched(directory));
        }

        var result = await call.Files.MakeDirectoryAsync(
            call.Caller, directory, name, args.Initial, cancellationToken);
        return CreationResults.Conclude(call, result);
    }

    private static bool TryDecode(Nfs3Call call, out Mkdir3Args args)
    {
        var arguments = call.Arguments();
        return Mkdir3Args.TryDecode(ref arguments, out args);
    }
}
