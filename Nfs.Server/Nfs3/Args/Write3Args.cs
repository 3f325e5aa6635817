using Nfs.Server.Xdr;
using Vfs.Core;

namespace Nfs.Server.Nfs3.Args;

/// <summary>
/// <c>WRITE3args</c>. The count says how much of the opaque counts: more than is there is undecodable, less is less.
/// What exceeds wtmax is left for the client's next WRITE.
/// </summary>
internal readonly record struct Write3Args(
    ReadOnlyMemory<byte> File, ulong Offset, Stability Stable, ReadOnlyMemory<byte> Data)
{
    public static bool TryDecode(ref XdrReader reader, out Write3Args args)
    {
        args = default;
        if (!reader.TryReadHandle(out var file) ||
            !reader.TryReadUInt64(out var offset) ||
            !reader.TryReadUInt32(out var count) ||
            !reader.TryReadUInt32(out var stable) ||
            stable > (uint)Stability.FileSync ||
            !reader.TryReadOpaque(reader.Remaining, out var data) ||
            count > (uint)data.Length)
        {
            return false;
        }

        var taken = (int)Math.Min(count, Nfs3Constants.TransferBytesMax);
        args = new Write3Args(file, offset, (Stability)stable, data[..taken]);
        return true;
    }
}
