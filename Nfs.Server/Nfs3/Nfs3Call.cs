using Nfs.Server.Nfs3.Args;
using Nfs.Server.Nfs3.Translation;
using Nfs.Server.Rpc;
using Nfs.Server.Xdr;
using Vfs.Core;

namespace Nfs.Server.Nfs3;

/// <summary>One NFS call: the server's parts, the RPC call, and who asks.</summary>
internal readonly record struct Nfs3Call(Nfs3Server Server, RpcCall Rpc, Caller Caller)
{
    public IFileSystem Files => Server.Files;

    /// <summary>Reads the arguments.</summary>
    public XdrReader Arguments() => new(Rpc.Arguments);

    /// <summary>Begins the results with their status; an answer of JUKEBOX is never given again from memory.</summary>
    public Nfs3Writer Results(NfsStat3 status)
    {
        if (status != NfsStat3.NFS3_OK)
        {
            Server.Counters.CountError(status);
            Rpc.MayKeepReply &= status is not (NfsStat3.NFS3ERR_JUKEBOX or NfsStat3.NFS3ERR_SERVERFAULT);
        }

        return new Nfs3Writer(Server, Rpc.Reply, status);
    }

    /// <summary>The inode that a handle names.</summary>
    public NfsStat3 TryResolve(ReadOnlyMemory<byte> handle, out InodeId id) =>
        Server.Handles.TryDecode(handle.Span, out id);

    /// <summary>
    /// Resolves the handle of an object that is about to change: on a read-only export, NFS3ERR_ROFS.
    /// </summary>
    public NfsStat3 TryResolveForChange(ReadOnlyMemory<byte> handle, out InodeId id)
    {
        var status = TryResolve(handle, out id);
        return status == NfsStat3.NFS3_OK && Server.IsReadOnly ? NfsStat3.NFS3ERR_ROFS : status;
    }

    /// <summary>The attributes of the object that a handle names.</summary>
    public NfsStat3 TryResolveAttributes(ReadOnlyMemory<byte> handle, out Attributes attributes)
    {
        attributes = default;
        var status = TryResolve(handle, out var id);
        if (status != NfsStat3.NFS3_OK)
        {
            return status;
        }

        var result = Files.GetAttributes(id);
        attributes = result.Value;
        return NfsStat3Map.From(result.Error);
    }

    /// <summary>
    /// Resolves a directory and checks a name: the handle first, then whether anything may change here, then the name,
    /// so that a name tells nothing about an export that refuses the call anyway.
    /// </summary>
    public NfsStat3 TryResolveName(in DirOpArgs3 where, bool forChange, out InodeId directory, out FileName name)
    {
        name = default;
        var status = forChange
            ? TryResolveForChange(where.Directory, out directory)
            : TryResolve(where.Directory, out directory);
        if (status != NfsStat3.NFS3_OK)
        {
            return status;
        }

        var error = FileName.TryCreate(where.Name, out name);
        if (error == VfsError.None)
        {
            return NfsStat3.NFS3_OK;
        }

        var attributes = Files.GetAttributes(directory);
        return NfsStat3Map.From(attributes.IsOk ? error : attributes.Error);
    }

    /// <summary>Attributes for a failure's results; null if the object is gone or was never named.</summary>
    public Attributes? AttributesOrNull(InodeId id)
    {
        if (id.Value == 0)
        {
            return null;
        }

        var attributes = Files.GetAttributes(id);
        return attributes.IsOk ? attributes.Value : null;
    }

    /// <summary>The outcome of an operation that was refused before it began.</summary>
    public WccData Untouched(InodeId id) => new(null, AttributesOrNull(id));

    /// <summary>Results that are a status alone.</summary>
    public RpcResult Fail(NfsStat3 status)
    {
        Results(status).Complete();
        return RpcResult.Success;
    }

    /// <summary>Results of a failure that carry attributes.</summary>
    public RpcResult Fail(NfsStat3 status, Attributes? attributes)
    {
        var results = Results(status);
        results.WritePostOp(attributes);
        results.Complete();
        return RpcResult.Success;
    }

    /// <summary>Results of SETATTR, REMOVE, RMDIR, and of failures that carry <c>wcc_data</c>.</summary>
    public RpcResult Conclude(NfsStat3 status, in WccData wcc)
    {
        var results = Results(status);
        results.WriteWcc(wcc);
        results.Complete();
        return RpcResult.Success;
    }
}
