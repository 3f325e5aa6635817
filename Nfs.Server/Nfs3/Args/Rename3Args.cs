using Nfs.Server.Xdr;

namespace Nfs.Server.Nfs3.Args;

/// <summary><c>RENAME3args</c>.</summary>
internal readonly record struct Rename3Args(DirOpArgs3 From, DirOpArgs3 To)
{
    public static bool TryDecode(ref XdrReader reader, out Rename3Args args)
    {
        args = default;
        if (!DirOpArgs3.TryDecode(ref reader, out var from) || !DirOpArgs3.TryDecode(ref reader, out var to))
        {
            return false;
        }

        args = new Rename3Args(from, to);
        return true;
    }
}
