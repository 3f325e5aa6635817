using System.Runtime.InteropServices;
using System.Text;
using Nfs.Server.Exports;
using Nfs.Server.Nfs3.Translation;
using Nfs.Server.Rpc;
using Nfs.Server.Xdr;
using Vfs.Core;

namespace Nfs.Server.Mount3;

/// <summary>
/// MOUNT version 3 (RFC 1813 appendix I). A mount of a directory below the export's root is a start, not a fence: its
/// handle is the one that LOOKUP gives, and <c>..</c> leads upwards, as far as the export's root.
/// </summary>
internal sealed class Mount3Program(ExportTable exports, FileHandleCodec handles, ExportPolicy policy) : IRpcProgram
{
    private readonly MountTargets _targets = new(exports);
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

        var status = TryResolve(call, path, out var export, out var id);
        var writer = new XdrWriter(call.Reply);
        writer.WriteUInt32((uint)status);
        if (status == MountStat3.MNT3_OK)
        {
            WriteMounted(ref writer, export!, id);
            _mounts.Add(call.Peer.Address, _targets.WithoutSecret(path), export!);
        }

        writer.Complete();
        return RpcResult.Success;
    }

    private void WriteMounted(ref XdrWriter writer, ServedExport export, InodeId id)
    {
        Span<byte> handle = stackalloc byte[FileHandleCodec.Bytes];
        handles.Encode(export.Rules.Id, id, handle);
        writer.WriteOpaque(handle);
        var flavors = ExportPolicy.FlavorsOf(export);
        writer.WriteUInt32((uint)flavors.Length);
        foreach (var flavor in flavors)
        {
            writer.WriteUInt32((uint)flavor);
        }
    }

    private MountStat3 TryResolve(
        RpcCall call, ReadOnlyMemory<byte> path, out ServedExport? export, out InodeId id)
    {
        export = null;
        id = default;
        if (path.Length > Mount3Constants.MNTPATHLEN)
        {
            return MountStat3.MNT3ERR_NAMETOOLONG;
        }

        if (path.Span.Contains((byte)0))
        {
            return MountStat3.MNT3ERR_INVAL;
        }

        var components = MountPath.Split(path);
        if (_targets.Find(components) is not { } target)
        {
            return MountStat3.MNT3ERR_NOENT;
        }

        export = target.Export;
        id = export.Root;
        return policy.TryAdmitMount(call, export, out var caller) && target.IsOpened
            ? Walk(export, caller, CollectionsMarshal.AsSpan(components)[target.Depth..], ref id)
            : MountStat3.MNT3ERR_ACCES;
    }

    /// <summary>
    /// Walks to a directory as the caller, who needs the rights that LOOKUP asks for. Symbolic links are not followed:
    /// on the way or at the end they are not directories.
    /// </summary>
    private static MountStat3 Walk(
        ServedExport export, Caller caller, ReadOnlySpan<ReadOnlyMemory<byte>> names, ref InodeId id)
    {
        foreach (var name in names)
        {
            var error = Step(export.Files, caller, name, ref id);
            if (error != VfsError.None)
            {
                return MountStat3Map.From(error);
            }
        }

        return MountStat3.MNT3_OK;
    }

    private static VfsError Step(IFileSystem files, Caller caller, ReadOnlyMemory<byte> component, ref InodeId id)
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
        foreach (var mount in _mounts.ToArray().Where(mount => mount.Export.Contains(call.Peer.Address)))
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

        if (path.Length <= Mount3Constants.MNTPATHLEN)
        {
            _mounts.Remove(call.Peer.Address, _targets.WithoutSecret(path));
        }

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
        foreach (var export in exports.All.Where(export => ExportPolicy.IsVisible(call.Peer, export)))
        {
            writer.WriteBool(true);
            writer.WriteOpaque(export.Path);
            WriteGroups(ref writer, export);
        }

        writer.WriteBool(false);
        writer.Complete();
        return RpcResult.Success;
    }

    /// <summary>Who may mount; no groups stand for everybody.</summary>
    private static void WriteGroups(ref XdrWriter writer, ServedExport export)
    {
        foreach (var network in export.IsForEverybody ? [] : export.Networks)
        {
            writer.WriteBool(true);
            writer.WriteOpaque(Encoding.ASCII.GetBytes(network.ToString()));
        }

        writer.WriteBool(false);
    }
}
