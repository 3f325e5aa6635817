using Nfs.Server.Xdr;
using Vfs.Core;

namespace Nfs.Server.Nfs3.Args;

/// <summary>
/// <c>MKNOD3args</c>. A type that MKNOD cannot make carries nothing more, and is left for the procedure to refuse.
/// </summary>
internal readonly record struct Mknod3Args(
    DirOpArgs3 Where, uint Type, AttributeChanges Initial, uint DeviceMajor, uint DeviceMinor)
{
    public static bool TryDecode(ref XdrReader reader, out Mknod3Args args)
    {
        args = default;
        if (!DirOpArgs3.TryDecode(ref reader, out var where) || !reader.TryReadUInt32(out var type))
        {
            return false;
        }

        args = new Mknod3Args(where, type, default, 0, 0);
        if (!args.IsDevice && !args.IsPipeOrSocket)
        {
            return true;
        }

        uint major = 0;
        uint minor = 0;
        if (!Sattr3.TryDecode(ref reader, out var initial) ||
            (args.IsDevice && (!reader.TryReadUInt32(out major) || !reader.TryReadUInt32(out minor))))
        {
            return false;
        }

        args = new Mknod3Args(where, type, initial, major, minor);
        return true;
    }

    public bool IsDevice => Type is (uint)InodeType.BlockDevice or (uint)InodeType.CharacterDevice;

    public bool IsPipeOrSocket => Type is (uint)InodeType.Fifo or (uint)InodeType.Socket;
}
