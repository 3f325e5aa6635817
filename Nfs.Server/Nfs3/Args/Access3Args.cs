using Nfs.Server.Xdr;

namespace Nfs.Server.Nfs3.Args;

/// <summary><c>ACCESS3args</c>.</summary>
internal readonly record struct Access3Args(ReadOnlyMemory<byte> Object, uint Access)
{
    public static bool TryDecode(ref XdrReader reader, out Access3Args args)
    {
        args = default;
        if (!reader.TryReadHandle(out var handle) || !reader.TryReadUInt32(out var access))
        {
            return false;
        }

        args = new Access3Args(handle, access);
        return true;
    }
}
