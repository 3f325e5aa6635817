using Nfs.Server.Exports;
using Nfs.Server.Nfs3.Translation;
using Vfs.Core;

namespace Nfs.Server.Nfs3;

/// <summary>What all procedures share. Immutable but for the counters.</summary>
internal sealed record Nfs3Server(
    IFileSystem Files, FileHandleCodec Handles, ExportPolicy Policy, Nfs3Counters Counters)
{
    public bool IsReadOnly => Policy.Export.IsReadOnly;

    public ulong Fsid => Policy.Export.Fsid;
}
