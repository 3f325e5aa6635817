using Nfs.Server.Xdr;
using Vfs.Core;

namespace Nfs.Server.Nfs3.Args;

/// <summary><c>MKDIR3args</c>.</summary>
internal readonly record struct Mkdir3Args(DirOpArgs3 Where, AttributeChanges Initial)
{
    public static bool TryDecode(ref XdrReader reader, out Mkdir3Args args)
    {
        args = default;
        if (!DirOpArgs3.TryDecode(ref reader, out var where) || !Sattr3.TryDecode(ref reader, out var initial))
        {
            return false;
        }

        args = new Mkdir3Args(where, initial);
        return true;
    }
}
