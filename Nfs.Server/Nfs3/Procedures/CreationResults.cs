using Nfs.Server.Nfs3.Translation;
using Nfs.Server.Rpc;
using Vfs.Core;

namespace Nfs.Server.Nfs3.Procedures;

/// <summary>The results that CREATE, MKDIR, SYMLINK and MKNOD share.</summary>
internal static class CreationResults
{
    public static RpcResult Conclude(Nfs3Call call, in CreateResult result)
    {
        if (result.Object is not { } made)
        {
            return call.Conclude(NfsStat3Map.From(result.Error), result.Directory);
        }

        var results = call.Results(NfsStat3.NFS3_OK);
        results.WriteBool(true);
        results.WriteHandle(made.Id);
        results.WritePostOp(made);
        results.WriteWcc(result.Directory);
        results.Complete();
        return RpcResult.Success;
    }
}
