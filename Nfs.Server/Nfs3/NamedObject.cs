using Nfs.Server.Exports;
using Vfs.Core;

namespace Nfs.Server.Nfs3;

/// <summary>What a file handle names.</summary>
/// <param name="Handle">The handle, borrowed from the arguments.</param>
/// <param name="Status">NFS3_OK, or why it names nothing.</param>
/// <param name="Export">The export; null unless the status is NFS3_OK.</param>
/// <param name="Id">The inode; whether it exists is the file system's to say.</param>
internal readonly record struct NamedObject(
    ReadOnlyMemory<byte> Handle, NfsStat3 Status, ServedExport? Export, InodeId Id);
