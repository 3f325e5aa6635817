using Nfs.Server.Xdr;

namespace Nfs.Server.Nfs3.Args;

/// <summary>Decodes what many arguments share: handles, names, times, attributes to set.</summary>
internal static class Nfs3Decoding
{
    /// <summary>
    /// <c>nfs_fh3</c>, borrowed. The arguments of GETATTR, READLINK, FSSTAT, FSINFO and PATHCONF are one handle.
    /// </summary>
    public static bool TryReadHandle(this ref XdrReader reader, out ReadOnlyMemory<byte> handle) =>
        reader.TryReadOpaque(Nfs3Constants.NFS3_FHSIZE, out handle);

    /// <summary>
    /// <c>filename3</c>, borrowed and not yet checked: a name that is too long is the procedure's NAMETOOLONG, so the
    /// record is the only limit here.
    /// </summary>
    public static bool TryReadName(this ref XdrReader reader, out ReadOnlyMemory<byte> name) =>
        reader.TryReadOpaque(reader.Remaining, out name);
}
