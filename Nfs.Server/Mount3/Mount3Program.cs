using System.Text;
using Nfs.Server.Exports;
using Nfs.Server.Nfs3.Translation;
using Nfs.Server.Rpc;
using Nfs.Server.Xdr;
using Vfs.Core;

namespace Nfs.Server.Mount3;

/// <summary>
/// MOUNT version 3 (RFC 1813 appendix I). A mount of a directory below the export's root is a start, not a fence: its
/// handle is the one that LOOKUP gives, and <c>..</c> leads upwards.
/// </summary>
internal sealed class Mount3Program(IFileSystem files, FileHandleCodec handles, ExportPolicy policy) : IRpcProgram
{
    private readonly byte[] _exportPath = Encoding.UTF8.GetBytes(policy.Export.Path);
    private readonly MountTable _mounts = new();

    public uint Number => Mount3Constants.MOUNT_PROGRAM;

    public uint Version => Mount3Constants.MOUNT_V3;

    public uint ProcedureCount => (uint)MountProc3.EXPORT + 1;

    public bool KeepsReply(uint procedure) => false;

    public ValueTask<RpcResult> CallAsync(RpcCall call, CancellationToken cancellationToken) =>
        new((MountProc3)call.Procedure switch
        {
            MountProc3.NULL => RpcResult.Success,
            MountProc3.MNT => Mount(call),
            MountProc3.DUMP => Dump(call),
            MountProc3.UMNT => Unmount(call),
            MountProc3.UMNTALL => UnmountAll(call),
            MountProc3.EXPORT => ListExports(call),
            _ => RpcResult.ProcedureUnavailable,
        });

    private RpcResult Mount(RpcCall call)
    {
        var arguments = new XdrReader(call.Arguments);
        if (!arguments.TryReadOpaque(arguments.Remaining, out var path))
        {
            return RpcResult.GarbageArgs;
        }

        var status = TryResolve(policy.IdentifyForMount(call), path, out var id);
        var writer = new XdrWriter(call.Reply);
        writer.WriteUInt32((uint)status);
        if (status == MountStat3.MNT3_OK)
        {
            WriteMounted(ref writer, id);
            _mounts.Add(call.Peer.Address, path.Span);
        }

        writer.Complete();
        return RpcResult.Success;
    }

    private void WriteMounted(ref XdrWriter writer, InodeId id)
    {
        Span<byte> handle = stackalloc byte[FileHandleCodec.Bytes];
        handles.Encode(id, handle);
        writer.WriteOpaque(handle);
        var flavors = ExportPolicy.Flavors;
        writer.WriteUInt32((uint)flavors.Length);
        foreach (var flavor in flavors)
        {
            writer.WriteUInt32((uint)flavor);
        }
    }

    /// <summary>
    /// Walks to a directory as the caller, who needs the rights that LOOKUP asks for. Symbolic links are not followed:
    /// on the way or at the end they are not directories.
    /// </summary>
    private MountStat3 TryResolve(Caller caller, ReadOnlyMemory<byte> path, out InodeId id)
    {
        id = InodeId.Root;
        if (path.Length > Mount3Constants.MNTPATHLEN)
        {
            return MountStat3.MNT3ERR_NAMETOOLONG;
        }

        if (path.Span.Contains((byte)0))
        {
            return MountStat3.MNT3ERR_INVAL;
        }

        var components = MountPath.Split(path);
        var root = MountPath.Split(_exportPath);
        if (!MountPath.IsIn(components, root))
        {
            return MountStat3.MNT3ERR_NOENT;
        }

        for (var i = root.Count; i < components.Count; i++)
        {
            var error = Step(caller, components[i], ref id);
            if (error != VfsError.None)
            {
                return MountStat3Map.From(error);
            }
        }

        return MountStat3.MNT3_OK;
    }

    private VfsError Step(Caller caller, ReadOnlyMemory<byte> component, ref InodeId id)
    {
        var error = FileName.TryCreate(component, out var name);
        if (error != VfsError.None)
        {
            return error;
        }

        var result = files.Lookup(caller, id, name);
        if (result.Object is not { } found)
        {
            return result.Error;
        }

        id = found.Id;
        return found.Type == InodeType.Directory ? VfsError.None : VfsError.NotDir;
    }

    private RpcResult Dump(RpcCall call)
    {
        var writer = new XdrWriter(call.Reply);
        foreach (var mount in _mounts.ToArray())
        {
            writer.WriteBool(true);
            writer.WriteOpaque(Encoding.ASCII.GetBytes(mount.Client.ToString()));
            writer.WriteOpaque(mount.Path);
        }

        writer.WriteBool(false);
        writer.Complete();
        return RpcResult.Success;
    }

    private RpcResult Unmount(RpcCall call)
    {
        var arguments = new XdrReader(call.Arguments);
        if (!arguments.TryReadOpaque(arguments.Remaining, out var path))
        {
            return RpcResult.GarbageArgs;
        }

        _mounts.Remove(call.Peer.Address, path.Span);
        return RpcResult.Success;
    }

    private RpcResult UnmountAll(RpcCall call)
    {
        _mounts.RemoveAll(call.Peer.Address);
        return RpcResult.Success;
    }

    private RpcResult ListExports(RpcCall call)
    {
        var writer = new XdrWriter(call.Reply);
        writer.WriteBool(true);
        writer.WriteOpaque(_exportPath);

        // No groups: everybody who reaches the port.
        writer.WriteBool(false);
        writer.WriteBool(false);
        writer.Complete();
        return RpcResult.Success;
    }
}
