using System.Runtime.CompilerServices;
using Nfs.Server.Nfs3.Args;
using Nfs.Server.Rpc;

namespace Nfs.Server.Nfs3.Procedures;

/// <summary>CREATE (RFC 1813 section 3.3.8).</summary>
internal static class Create
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

        var result = await call.Files.CreateAsync(
            call.Caller, directory, name, args.Mode, args.Initial, args.Verifier, cancellationToken);
        return CreationResults.Conclude(call, result);
    }

    private static bool TryDecode(Nfs3Call call, out Create3Args args)
    {
        var arguments = call.Arguments();
        return Create3Args.TryDecode(ref arguments, out args);
    }
}
