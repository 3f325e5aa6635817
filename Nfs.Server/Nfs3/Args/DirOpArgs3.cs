using Nfs.Server.Xdr;

namespace Nfs.Server.Nfs3.Args;

/// <summary><c>diropargs3</c>: a directory and a name in it. All of LOOKUP, REMOVE and RMDIR.</summary>
internal readonly record struct DirOpArgs3(ReadOnlyMemory<byte> Directory, ReadOnlyMemory<byte> Name)
{
    public static bool TryDecode(ref XdrReader reader, out DirOpArgs3 args)
    {
        args = default;
        if (!reader.TryReadHandle(out var directory) || !reader.TryReadName(out var name))
        {
            return false;
        }

        args = new DirOpArgs3(directory, name);
        return true;
    }
}
