using Nfs.Server.Nfs3.Args;
using Nfs.Server.Rpc;

namespace Nfs.Server.Nfs3.Procedures;

/// <summary>READDIRPLUS (RFC 1813 section 3.3.17).</summary>
internal static class Readdirplus
{
    public static ValueTask<RpcResult> RunAsync(Nfs3Call call, CancellationToken cancellationToken)
    {
        var arguments = call.Arguments();
        return new(Readdirplus3Args.TryDecode(ref arguments, out var args)
            ? DirectoryListing.Run(call, args, isPlus: true)
            : RpcResult.GarbageArgs);
    }
}
