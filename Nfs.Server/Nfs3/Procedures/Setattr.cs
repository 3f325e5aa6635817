using System.Runtime.CompilerServices;
using Nfs.Server.Nfs3.Args;
using Nfs.Server.Nfs3.Translation;
using Nfs.Server.Rpc;

namespace Nfs.Server.Nfs3.Procedures;

/// <summary>SETATTR (RFC 1813 section 3.3.2): all of the attributes or none.</summary>
internal static class Setattr
{
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public static async ValueTask<RpcResult> RunAsync(Nfs3Call call, CancellationToken cancellationToken)
    {
        if (!TryDecode(call, out var args))
        {
            return RpcResult.GarbageArgs;
        }

        var status = call.TryResolveForChange(args.Object, out var id);
        if (status != NfsStat3.NFS3_OK)
        {
            return call.Conclude(status, call.Untouched(id));
        }

        var result = await call.Files.SetAttributesAsync(
            call.Caller, id, args.Changes, args.Guard, cancellationToken);
        return call.Conclude(NfsStat3Map.From(result.Error), result.Wcc);
    }

    private static bool TryDecode(Nfs3Call call, out Setattr3Args args)
    {
        var arguments = call.Arguments();
        return Setattr3Args.TryDecode(ref arguments, out args);
    }
}
