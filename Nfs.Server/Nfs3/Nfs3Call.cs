using Nfs.Server.Exports;
using Nfs.Server.Nfs3.Args;
using Nfs.Server.Nfs3.Translation;
using Nfs.Server.Rpc;
using Nfs.Server.Xdr;
using Vfs.Core;

namespace Nfs.Server.Nfs3;

/// <summary>One NFS call: the server's parts, the RPC call, who asks, and what for.</summary>
/// <param name="Server">What all calls share.</param>
/// <param name="Rpc">The call as it came.</param>
/// <param name="Caller">Who asks, as the export of <paramref name="Target"/> sees him.</param>
/// <param name="Target">What the handle that all arguments begin with names: the export that the call is about.</param>
internal readonly record struct Nfs3Call(Nfs3Server Server, RpcCall Rpc, Caller Caller, NamedObject Target)
{
    /// <summary>The file system of the call's export; there once a handle was resolved.</summary>
    public IFileSystem Files => Target.Export!.Files;

    /// <summary>Whether the call's export refuses changes.</summary>
    public bool IsReadOnly => Target.Export is { } export && !ExportPolicy.MayChange(export);

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

        return new Nfs3Writer(Server.Handles, Target.Export, Rpc.Reply, status);
    }

    /// <summary>
    /// The inode that a handle names. NFS3ERR_XDEV: it is one of another export than the call's, whose rules were not
    /// asked.
    /// </summary>
    public NfsStat3 TryResolve(ReadOnlyMemory<byte> handle, out InodeId id)
    {
        // The same memory: what the arguments begin with is decoded already.
        var named = handle.Equals(Target.Handle) ? Target : Server.Find(handle);
        id = default;
        if (named.Status != NfsStat3.NFS3_OK)
        {
            return named.Status;
        }

        if (named.Export != Target.Export)
        {
            return NfsStat3.NFS3ERR_XDEV;
        }

        id = named.Id;
        return NfsStat3.NFS3_OK;
    }

    /// <summary>
    /// Resolves the handle of an object that is about to change: on a read-only export, NFS3ERR_ROFS.
    /// </summary>
    public NfsStat3 TryResolveForChange(ReadOnlyMemory<byte> handle, out InodeId id)
    {
        var status = TryResolve(handle, out id);
        return status == NfsStat3.NFS3_OK && IsReadOnly ? NfsStat3.NFS3ERR_ROFS : status;
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
