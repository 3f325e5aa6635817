using System.Runtime.CompilerServices;
using Nfs.Server.Nfs3.Args;
using Nfs.Server.Rpc;
using Vfs.Core;

namespace Nfs.Server.Nfs3.Procedures;

/// <summary>MKNOD (RFC 1813 section 3.3.11): pipes, sockets and devices; other types are NFS3ERR_BADTYPE.</summary>
internal static class Mknod
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

        if (!args.IsDevice && !args.IsPipeOrSocket)
        {
            return call.Conclude(NfsStat3.NFS3ERR_BADTYPE, call.Untouched(directory));
        }

        var result = await call.Files.MakeNodeAsync(
            call.Caller, directory, name, (InodeType)args.Type, args.DeviceMajor, args.DeviceMinor, args.Initial,
            cancellationToken);
        return CreationResults.Conclude(call, result);
    }

    private static bool TryDecode(Nfs3Call call, out Mknod3Args args)
    {
        var arguments = call.Arguments();
        return Mknod3Args.TryDecode(ref arguments, out args);
    }
}
