using System.Runtime.CompilerServices;
using Nfs.Server.Nfs3.Args;
using Nfs.Server.Rpc;
using Vfs.Core;

namespace Nfs.Server.Nfs3.Procedures;

/// <summary>SYMLINK (RFC 1813 section 3.3.10). The target is stored and never interpreted.</summary>
internal static class Symlink
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

        if (args.Target.Length > VfsLimits.SymlinkBytesMax)
        {
            return call.Conclude(NfsStat3.NFS3ERR_NAMETOOLONG, call.Untouched(directory));
        }

        var result = await call.Files.MakeSymlinkAsync(
            call.Caller, directory, name, args.Target, args.Initial, cancellationToken);
        return CreationResults.Conclude(call, result);
    }

    private static bool TryDecode(Nfs3Call call, out Symlink3Args args)
    {
        var arguments = call.Arguments();
        return Symlink3Args.TryDecode(ref arguments, out args);
    }
}
