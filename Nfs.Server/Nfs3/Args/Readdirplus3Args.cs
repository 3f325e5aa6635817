using Nfs.Server.Xdr;

namespace Nfs.Server.Nfs3.Args;

/// <summary><c>READDIRPLUS3args</c>.</summary>
internal readonly record struct Readdirplus3Args(
    ReadOnlyMemory<byte> Directory, ulong Cookie, uint NamesCount, uint Count)
{
    public static bool TryDecode(ref XdrReader reader, out Readdirplus3Args args)
    {
        args = default;
        if (!Readdir3Args.TryDecode(ref reader, out var names) || !reader.TryReadUInt32(out var count))
        {
            return false;
        }

        args = new Readdirplus3Args(names.Directory, names.Cookie, names.Count, count);
        return true;
    }
}
