using Nfs.Server.Nfs3.Args;
using Nfs.Server.Nfs3.Translation;
using Nfs.Server.Rpc;
using Vfs.Core;

namespace Nfs.Server.Nfs3.Procedures;

/// <summary>READLINK (RFC 1813 section 3.3.5).</summary>
internal static class Readlink
{
    public static ValueTask<RpcResult> RunAsync(Nfs3Call call, CancellationToken cancellationToken) => new(Run(call));

    private static RpcResult Run(Nfs3Call call)
    {
        var arguments = call.Arguments();
        if (!arguments.TryReadHandle(out var handle))
        {
            return RpcResult.GarbageArgs;
        }

        var status = call.TryResolve(handle, out var id);
        if (status != NfsStat3.NFS3_OK)
        {
            return call.Fail(status, attributes: null);
        }

        var result = call.Files.ReadLink(id);
        if (result.Error != VfsError.None)
        {
            return call.Fail(NfsStat3Map.From(result.Error), result.Object);
        }

        var results = call.Results(NfsStat3.NFS3_OK);
        results.WritePostOp(result.Object);
        results.WriteOpaque(result.Target.Span);
        results.Complete();
        return RpcResult.Success;
    }
}
