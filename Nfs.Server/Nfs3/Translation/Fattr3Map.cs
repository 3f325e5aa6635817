using System.Buffers.Binary;
using Vfs.Core;

namespace Nfs.Server.Nfs3.Translation;

/// <summary>
/// Attributes as <c>fattr3</c> and <c>wcc_attr</c> (RFC 1813 section 2.6).
/// <code>
/// offset size  content, big-endian
///      0    4  type          4  4  mode         8  4  nlink       12  4  uid      16  4  gid
///     20    8  size         28  8  used        36  8  rdev        44  8  fsid     52  8  fileid
///     60    8  atime        68  8  mtime       76  8  ctime
/// </code>
/// </summary>
internal static class Fattr3Map
{
    /// <summary>Writes 84 bytes.</summary>
    public static void Write(Span<byte> fattr, in Attributes attributes, ulong fsid)
    {
        // One check for all the stores below.
        fattr = fattr[..Nfs3Constants.Fattr3Bytes];
        BinaryPrimitives.WriteUInt32BigEndian(fattr, (uint)attributes.Type);
        BinaryPrimitives.WriteUInt32BigEndian(fattr[4..], attributes.Mode & Nfs3Constants.ModeMask);
        BinaryPrimitives.WriteUInt32BigEndian(fattr[8..], attributes.LinkCount);
        BinaryPrimitives.WriteUInt32BigEndian(fattr[12..], attributes.Uid);
        BinaryPrimitives.WriteUInt32BigEndian(fattr[16..], attributes.Gid);
        BinaryPrimitives.WriteUInt64BigEndian(fattr[20..], attributes.Size);
        BinaryPrimitives.WriteUInt64BigEndian(fattr[28..], attributes.Used);
        BinaryPrimitives.WriteUInt32BigEndian(fattr[36..], attributes.DeviceMajor);
        BinaryPrimitives.WriteUInt32BigEndian(fattr[40..], attributes.DeviceMinor);
        BinaryPrimitives.WriteUInt64BigEndian(fattr[44..], fsid);
        BinaryPrimitives.WriteUInt64BigEndian(fattr[52..], attributes.Id.Value);
        WriteTime(fattr[60..], attributes.Atime);
        WriteTime(fattr[68..], attributes.Mtime);
        WriteTime(fattr[76..], attributes.Ctime);
    }

    /// <summary>Writes 24 bytes: size, mtime, ctime.</summary>
    public static void WriteWcc(Span<byte> wcc, in WccAttributes attributes)
    {
        BinaryPrimitives.WriteUInt64BigEndian(wcc, attributes.Size);
        WriteTime(wcc[8..], attributes.Mtime);
        WriteTime(wcc[16..], attributes.Ctime);
    }

    /// <summary>
    /// <c>nfstime3</c>: unsigned seconds and nanoseconds. What does not fit is clamped to the nearest that does, so
    /// that an old file never looks like one from the future.
    /// </summary>
    private static void WriteTime(Span<byte> time, Timestamp timestamp)
    {
        // Floored here rather than by the two properties of Timestamp: this runs three times an entry of a listing.
        var (seconds, nanoseconds) = Math.DivRem(timestamp.Nanoseconds, Timestamp.NanosecondsPerSecond);
        if (timestamp.Nanoseconds < 0)
        {
            (seconds, nanoseconds) = (0, 0);
        }
        else if (seconds > uint.MaxValue)
        {
            (seconds, nanoseconds) = (uint.MaxValue, Timestamp.NanosecondsPerSecond - 1);
        }

        BinaryPrimitives.WriteUInt32BigEndian(time, (uint)seconds);
        BinaryPrimitives.WriteUInt32BigEndian(time[4..], (uint)nanoseconds);
    }
}
