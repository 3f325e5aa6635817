using Nfs.Server.Xdr;

namespace Nfs.Server.Nfs3.Args;

/// <summary><c>READDIR3args</c>. The cookie verifier is read and not looked at: cookies are good for ever.</summary>
internal readonly record struct Readdir3Args(ReadOnlyMemory<byte> Directory, ulong Cookie, uint Count)
{
    public static bool TryDecode(ref XdrReader reader, out Readdir3Args args)
    {
        args = default;
        if (!reader.TryReadHandle(out var directory) ||
            !reader.TryReadUInt64(out var cookie) ||
            !reader.TryReadUInt64(out _) ||
            !reader.TryReadUInt32(out var count))
        {
            return false;
        }

        args = new Readdir3Args(directory, cookie, count);
        return true;
    }
}
