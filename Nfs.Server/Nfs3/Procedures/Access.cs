using Nfs.Server.Nfs3.Args;
using Nfs.Server.Nfs3.Translation;
using Nfs.Server.Rpc;
using Vfs.Core;

namespace Nfs.Server.Nfs3.Procedures;

/// <summary>ACCESS (RFC 1813 section 3.3.4). A read-only export never grants what would change something.</summary>
internal static class Access
{
    private const AccessBits Known = AccessBits.Read | AccessBits.Lookup | AccessBits.Execute | Changing;
    private const AccessBits Changing = AccessBits.Modify | AccessBits.Extend | AccessBits.Delete;

    public static ValueTask<RpcResult> RunAsync(Nfs3Call call, CancellationToken cancellationToken) => new(Run(call));

    private static RpcResult Run(Nfs3Call call)
    {
        var arguments = call.Arguments();
        if (!Access3Args.TryDecode(ref arguments, out var args))
        {
            return RpcResult.GarbageArgs;
        }

        var status = call.TryResolve(args.Object, out var id);
        if (status != NfsStat3.NFS3_OK)
        {
            return call.Fail(status, attributes: null);
        }

        var asked = (AccessBits)args.Access & (call.IsReadOnly ? Known & ~Changing : Known);
        var result = call.Files.CheckAccess(call.Caller, id, asked);
        if (result.Error != VfsError.None)
        {
            return call.Fail(NfsStat3Map.From(result.Error), result.Object);
        }

        var results = call.Results(NfsStat3.NFS3_OK);
        results.WritePostOp(result.Object);
        results.WriteUInt32((uint)(result.Granted & asked));
        results.Complete();
        return RpcResult.Success;
    }
}
