using Nfs.Server.Xdr;
using Vfs.Core;

namespace Nfs.Server.Nfs3.Args;

/// <summary><c>CREATE3args</c>: attributes for UNCHECKED and GUARDED, a verifier for EXCLUSIVE.</summary>
internal readonly record struct Create3Args(
    DirOpArgs3 Where, CreateMode Mode, AttributeChanges Initial, ulong Verifier)
{
    public static bool TryDecode(ref XdrReader reader, out Create3Args args)
    {
        args = default;
        if (!DirOpArgs3.TryDecode(ref reader, out var where) ||
            !reader.TryReadUInt32(out var mode) ||
            mode > (uint)CreateMode.Exclusive)
        {
            return false;
        }

        var initial = default(AttributeChanges);
        var verifier = 0UL;
        var decoded = mode == (uint)CreateMode.Exclusive
            ? reader.TryReadUInt64(out verifier)
            : Sattr3.TryDecode(ref reader, out initial);
        args = new Create3Args(where, (CreateMode)mode, initial, verifier);
        return decoded;
    }
}
