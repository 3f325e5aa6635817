using Nfs.Server.Xdr;
using Vfs.Core;

namespace Nfs.Server.Nfs3.Args;

/// <summary><c>sattr3</c>: attributes to set, each optional.</summary>
internal static class Sattr3
{
    public static bool TryDecode(ref XdrReader reader, out AttributeChanges changes)
    {
        changes = default;
        if (!TryReadOptionalUInt32(ref reader, out var mode) ||
            !TryReadOptionalUInt32(ref reader, out var uid) ||
            !TryReadOptionalUInt32(ref reader, out var gid) ||
            !TryReadOptionalUInt64(ref reader, out var size) ||
            !TryReadTimeChange(ref reader, out var atime) ||
            !TryReadTimeChange(ref reader, out var mtime))
        {
            return false;
        }

        changes = new AttributeChanges
        {
            // Some clients leave the type bits in.
            Mode = mode & Nfs3Constants.ModeMask,
            Uid = uid,
            Gid = gid,
            Size = size,
            Atime = atime,
            Mtime = mtime,
        };
        return true;
    }

    /// <summary><c>nfstime3</c>.</summary>
    public static bool TryReadTime(ref XdrReader reader, out Timestamp time)
    {
        time = default;
        if (!reader.TryReadUInt32(out var seconds) || !reader.TryReadUInt32(out var nanoseconds))
        {
            return false;
        }

        time = Timestamp.From(seconds, nanoseconds);
        return true;
    }

    private static bool TryReadTimeChange(ref XdrReader reader, out TimeChange change)
    {
        change = default;
        if (!reader.TryReadUInt32(out var how) || how > (uint)TimeChangeKind.SetToClientTime)
        {
            return false;
        }

        var time = default(Timestamp);
        if (how == (uint)TimeChangeKind.SetToClientTime && !TryReadTime(ref reader, out time))
        {
            return false;
        }

        change = new TimeChange((TimeChangeKind)how, time);
        return true;
    }

    private static bool TryReadOptionalUInt32(ref XdrReader reader, out uint? value)
    {
        value = null;
        if (!reader.TryReadBool(out var follows))
        {
            return false;
        }

        if (!follows)
        {
            return true;
        }

        var read = reader.TryReadUInt32(out var word);
        value = word;
        return read;
    }

    private static bool TryReadOptionalUInt64(ref XdrReader reader, out ulong? value)
    {
        value = null;
        if (!reader.TryReadBool(out var follows))
        {
            return false;
        }

        if (!follows)
        {
            return true;
        }

        var read = reader.TryReadUInt64(out var word);
        value = word;
        return read;
    }
}
