using Nfs.Server.Nfs3.Args;
using Nfs.Server.Rpc;

namespace Nfs.Server.Nfs3.Procedures;

/// <summary>READDIR (RFC 1813 section 3.3.16).</summary>
internal static class Readdir
{
    public static ValueTask<RpcResult> RunAsync(Nfs3Call call, CancellationToken cancellationToken)
    {
        var arguments = call.Arguments();
        return new(Readdir3Args.TryDecode(ref arguments, out var args)
            ? DirectoryListing.Run(
                call, new Readdirplus3Args(args.Directory, args.Cookie, uint.MaxValue, args.Count), isPlus: false)
            : RpcResult.GarbageArgs);
    }
}
