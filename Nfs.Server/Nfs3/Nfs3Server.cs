using Nfs.Server.Exports;
using Nfs.Server.Nfs3.Translation;

namespace Nfs.Server.Nfs3;

/// <summary>What all procedures share. Immutable but for the counters.</summary>
internal sealed record Nfs3Server(
    ExportTable Exports, FileHandleCodec Handles, ExportPolicy Policy, Nfs3Counters Counters)
{
    /// <summary>
    /// What a handle names. NFS3ERR_BADHANDLE: not one of this server's. NFS3ERR_STALE: of an export that is gone.
    /// </summary>
    public NamedObject Find(ReadOnlyMemory<byte> handle)
    {
        var status = Handles.TryDecode(handle.Span, out var exportId, out var id);
        if (status != NfsStat3.NFS3_OK)
        {
            return new NamedObject(handle, status, null, default);
        }

        return Exports.Find(exportId) is { } export
            ? new NamedObject(handle, NfsStat3.NFS3_OK, export, id)
            : new NamedObject(handle, NfsStat3.NFS3ERR_STALE, null, default);
    }
}
