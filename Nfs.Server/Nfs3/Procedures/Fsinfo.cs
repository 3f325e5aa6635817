using Nfs.Server.Nfs3.Args;
using Nfs.Server.Rpc;
using Vfs.Core;

namespace Nfs.Server.Nfs3.Procedures;

/// <summary>FSINFO (RFC 1813 section 3.3.19): the limits that are kept to.</summary>
internal static class Fsinfo
{
    private const uint Properties = Nfs3Constants.FSF3_LINK | Nfs3Constants.FSF3_SYMLINK |
        Nfs3Constants.FSF3_HOMOGENEOUS | Nfs3Constants.FSF3_CANSETTIME;

    public static ValueTask<RpcResult> RunAsync(Nfs3Call call, CancellationToken cancellationToken) => new(Run(call));

    private static RpcResult Run(Nfs3Call call)
    {
        var arguments = call.Arguments();
        if (!arguments.TryReadHandle(out var handle))
        {
            return RpcResult.GarbageArgs;
        }

        var status = call.TryResolveAttributes(handle, out var attributes);
        if (status != NfsStat3.NFS3_OK)
        {
            return call.Fail(status, attributes: null);
        }

        var results = call.Results(NfsStat3.NFS3_OK);
        results.WritePostOp(attributes);
        for (var i = 0; i < 2; i++)
        {
            // READ, then WRITE: largest, preferred, multiple.
            results.WriteUInt32(Nfs3Constants.TransferBytesMax);
            results.WriteUInt32(Nfs3Constants.TransferBytesMax);
            results.WriteUInt32(Nfs3Constants.TransferMultiple);
        }

        results.WriteUInt32(Nfs3Constants.DirectoryBytesPreferred);
        results.WriteUInt64(VfsLimits.FileBytesMax);

        // Times are kept to the nanosecond.
        results.WriteUInt32(0);
        results.WriteUInt32(1);
        results.WriteUInt32(Properties);
        results.Complete();
        return RpcResult.Success;
    }
}
