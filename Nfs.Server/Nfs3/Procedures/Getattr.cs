using Nfs.Server.Nfs3.Args;
using Nfs.Server.Nfs3.Translation;
using Nfs.Server.Rpc;

namespace Nfs.Server.Nfs3.Procedures;

/// <summary>GETATTR (RFC 1813 section 3.3.1). Needs no permission and never waits.</summary>
internal static class Getattr
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
            return call.Fail(status);
        }

        var attributes = call.Files.GetAttributes(id);
        if (!attributes.IsOk)
        {
            return call.Fail(NfsStat3Map.From(attributes.Error));
        }

        var results = call.Results(NfsStat3.NFS3_OK);
        results.WriteAttributes(attributes.Value);
        results.Complete();
        return RpcResult.Success;
    }
}
