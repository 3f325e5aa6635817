using Nfs.Server.Xdr;
using Vfs.Core;

namespace Nfs.Server.Nfs3.Args;

/// <summary><c>SYMLINK3args</c>. The target's length is checked by the operation, which answers NAMETOOLONG.</summary>
internal readonly record struct Symlink3Args(
    DirOpArgs3 Where, AttributeChanges Initial, ReadOnlyMemory<byte> Target)
{
    public static bool TryDecode(ref XdrReader reader, out Symlink3Args args)
    {
        args = default;
        if (!DirOpArgs3.TryDecode(ref reader, out var where) ||
            !Sattr3.TryDecode(ref reader, out var initial) ||
            !reader.TryReadOpaque(reader.Remaining, out var target))
        {
            return false;
        }

        args = new Symlink3Args(where, initial, target);
        return true;
    }
}
