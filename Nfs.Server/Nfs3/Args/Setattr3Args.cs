using Nfs.Server.Xdr;
using Vfs.Core;

namespace Nfs.Server.Nfs3.Args;

/// <summary><c>SETATTR3args</c>; <paramref name="Guard"/> is the ctime that the object must still have.</summary>
internal readonly record struct Setattr3Args(ReadOnlyMemory<byte> Object, AttributeChanges Changes, Timestamp? Guard)
{
    public static bool TryDecode(ref XdrReader reader, out Setattr3Args args)
    {
        args = default;
        if (!reader.TryReadHandle(out var handle) ||
            !Sattr3.TryDecode(ref reader, out var changes) ||
            !reader.TryReadBool(out var check))
        {
            return false;
        }

        var guard = default(Timestamp);
        if (check && !Sattr3.TryReadTime(ref reader, out guard))
        {
            return false;
        }

        args = new Setattr3Args(handle, changes, check ? guard : null);
        return true;
    }
}
