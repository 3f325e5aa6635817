using Nfs.Server.Xdr;

namespace Nfs.Server.Nfs3.Args;

/// <summary><c>READ3args</c> and <c>COMMIT3args</c>, which are encoded alike.</summary>
internal readonly record struct Range3Args(ReadOnlyMemory<byte> File, ulong Offset, uint Count)
{
    public static bool TryDecode(ref XdrReader reader, out Range3Args args)
    {
        args = default;
        if (!reader.TryReadHandle(out var file) ||
            !reader.TryReadUInt64(out var offset) ||
            !reader.TryReadUInt32(out var count))
        {
            return false;
        }

        args = new Range3Args(file, offset, count);
        return true;
    }
}
