using Nfs.Server.Xdr;

namespace Nfs.Server.Nfs3.Args;

/// <summary><c>LINK3args</c>.</summary>
internal readonly record struct Link3Args(ReadOnlyMemory<byte> File, DirOpArgs3 Link)
{
    public static bool TryDecode(ref XdrReader reader, out Link3Args args)
    {
        args = default;
        if (!reader.TryReadHandle(out var file) || !DirOpArgs3.TryDecode(ref reader, out var link))
        {
            return false;
        }

        args = new Link3Args(file, link);
        return true;
    }
}
