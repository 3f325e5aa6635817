using System.Runtime.CompilerServices;
using Nfs.Server.Nfs3.Args;
using Nfs.Server.Nfs3.Translation;
using Nfs.Server.Rpc;
using Vfs.Core;

namespace Nfs.Server.Nfs3.Procedures;

/// <summary>READ (RFC 1813 section 3.3.6). The file's bytes follow the encoded results without being copied.</summary>
internal static class Read
{
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public static async ValueTask<RpcResult> RunAsync(Nfs3Call call, CancellationToken cancellationToken)
    {
        if (!TryDecode(call, out var args))
        {
            return RpcResult.GarbageArgs;
        }

        var status = call.TryResolve(args.File, out var id);
        if (status != NfsStat3.NFS3_OK)
        {
            return call.Fail(status, attributes: null);
        }

        var count = (int)Math.Min(args.Count, Nfs3Constants.TransferBytesMax);
        call.Rpc.ReplyBytesExpected = count;
        var result = await call.Files.ReadAsync(call.Caller, id, args.Offset, count, cancellationToken);
        return Conclude(call, result);
    }

    private static bool TryDecode(Nfs3Call call, out Range3Args args)
    {
        var arguments = call.Arguments();
        return Range3Args.TryDecode(ref arguments, out args);
    }

    private static RpcResult Conclude(Nfs3Call call, in ReadResult result)
    {
        if (result.Error != VfsError.None)
        {
            result.Data?.Dispose();
            return call.Fail(NfsStat3Map.From(result.Error), result.Object);
        }

        if (result.Data is not null)
        {
            call.Rpc.AttachPayload(result.Data, result.Count);
        }

        var results = call.Results(NfsStat3.NFS3_OK);
        results.WritePostOp(result.Object);
        results.WriteUInt32((uint)result.Count);
        results.WriteBool(result.Eof);
        results.WriteUInt32((uint)result.Count);
        results.Complete();
        return RpcResult.Success;
    }
}
