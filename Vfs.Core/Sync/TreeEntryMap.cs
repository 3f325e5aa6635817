using System.Buffers.Binary;
using Cas.Client;
using Vfs.Core.Namespace;

namespace Vfs.Core.Sync;

/// <summary>Between an inode and what the store's tree says of it.</summary>
internal static class TreeEntryMap
{
    private const int FixedBytes = 1 + MerkleHash.Bytes + 8 + (3 * 4) + (3 * 8) + (2 * 4) + 8;

    /// <summary>The entry for an object with the given content. Under the namespace gate.</summary>
    public static TreeEntry ToEntryLocked(Inode inode, ContentId content, LinkNumbers links) => new()
    {
        Kind = (TreeEntryKind)inode.Type,
        Content = content,
        Mode = inode.Mode,
        Uid = inode.Uid,
        Gid = inode.Gid,
        Atime = inode.Atime.Nanoseconds,
        Mtime = inode.Mtime.Nanoseconds,
        Ctime = inode.Ctime.Nanoseconds,
        DeviceMajor = inode.DeviceMajor,
        DeviceMinor = inode.DeviceMinor,
        Target = inode.Target,
        LinkId = !inode.IsDirectory && inode.LinkCount > 1 ? links.Of(inode.Id) : 0,
    };

    /// <summary>
    /// Gives a new object the attributes of an entry; link counts and names are the caller's. Its ctime is at most the
    /// time at which it was made here: ctime only rises, and one far ahead would leave changes no room to show.
    /// </summary>
    public static void Apply(TreeEntry entry, Inode inode)
    {
        inode.Mode = entry.Mode & Permissions.ModeMask;
        inode.Uid = entry.Uid;
        inode.Gid = entry.Gid;
        inode.Atime = new Timestamp(entry.Atime);
        inode.Mtime = new Timestamp(entry.Mtime);
        inode.Ctime = new Timestamp(Math.Max(0, Math.Min(entry.Ctime, inode.Ctime.Nanoseconds)));
        inode.DeviceMajor = entry.DeviceMajor;
        inode.DeviceMinor = entry.DeviceMinor;
        inode.Target = entry.Target.ToArray();
        inode.Size = inode.Type switch
        {
            InodeType.Regular => entry.Content.Size,
            InodeType.Directory => Inode.DirectorySize,
            InodeType.SymbolicLink => (ulong)entry.Target.Length,
            InodeType.BlockDevice or InodeType.CharacterDevice or InodeType.Socket or InodeType.Fifo => 0,
        };
    }

    /// <summary>
    /// Gives an object that is there the attributes in which two versions of its entry differ: what the store changed is
    /// taken, and what it cannot hold stays. With <paramref name="keepsOurs"/> what was changed here stays too. True if
    /// anything changed.
    /// </summary>
    public static bool Merge(TreeEntry known, TreeEntry found, Inode inode, bool keepsOurs)
    {
        var before = (inode.Mode, inode.Uid, inode.Gid, inode.Atime, inode.Mtime);
        inode.Mode = Merge(known.Mode, found.Mode & Permissions.ModeMask, inode.Mode, keepsOurs);
        inode.Uid = Merge(known.Uid, found.Uid, inode.Uid, keepsOurs);
        inode.Gid = Merge(known.Gid, found.Gid, inode.Gid, keepsOurs);
        inode.Atime = new Timestamp(Merge(known.Atime, found.Atime, inode.Atime.Nanoseconds, keepsOurs));
        inode.Mtime = new Timestamp(Merge(known.Mtime, found.Mtime, inode.Mtime.Nanoseconds, keepsOurs));
        return before != (inode.Mode, inode.Uid, inode.Gid, inode.Atime, inode.Mtime);
    }

    private static T Merge<T>(T known, T found, T ours, bool keepsOurs)
        where T : IEquatable<T> =>
        found.Equals(known) || (keepsOurs && !ours.Equals(known)) ? ours : found;

    /// <summary>Whether two entries are the same thing: kind, bytes, link text and device, whatever its attributes.</summary>
    public static bool HasSameContent(TreeEntry one, TreeEntry other) =>
        (one.Kind, one.Content, one.DeviceMajor, one.DeviceMinor)
            == (other.Kind, other.Content, other.DeviceMajor, other.DeviceMinor)
        && one.Target.Span.SequenceEqual(other.Target.Span);

    /// <summary>
    /// The entry as bytes, equal for equal entries: kind, hash, size, mode, uid, gid, atime, mtime, ctime, device
    /// numbers, link id, target; all numbers little-endian.
    /// </summary>
    public static byte[] Encode(TreeEntry entry)
    {
        var bytes = new byte[FixedBytes + entry.Target.Length];
        var at = bytes.AsSpan();
        at[0] = (byte)entry.Kind;
        at = at[1..];
        entry.Content.Hash.Write(at);
        at = at[MerkleHash.Bytes..];
        Put64(ref at, entry.Content.Size);
        Put32(ref at, entry.Mode);
        Put32(ref at, entry.Uid);
        Put32(ref at, entry.Gid);
        Put64(ref at, (ulong)entry.Atime);
        Put64(ref at, (ulong)entry.Mtime);
        Put64(ref at, (ulong)entry.Ctime);
        Put32(ref at, entry.DeviceMajor);
        Put32(ref at, entry.DeviceMinor);
        Put64(ref at, entry.LinkId);
        entry.Target.Span.CopyTo(at);
        return bytes;
    }

    /// <summary>What an encoded entry is.</summary>
    public static TreeEntryKind KindOf(byte[] entry) => (TreeEntryKind)entry[0];

    /// <summary>The entry of bytes that <see cref="Encode"/> made. Throws <see cref="InvalidDataException"/>.</summary>
    public static TreeEntry Decode(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < FixedBytes)
        {
            throw new InvalidDataException("an entry of the store's tree is damaged in the state");
        }

        var at = bytes[(1 + MerkleHash.Bytes)..];
        return new TreeEntry
        {
            Kind = (TreeEntryKind)bytes[0],
            Content = new ContentId(MerkleHash.Read(bytes.Slice(1, MerkleHash.Bytes)), Take64(ref at)),
            Mode = Take32(ref at),
            Uid = Take32(ref at),
            Gid = Take32(ref at),
            Atime = (long)Take64(ref at),
            Mtime = (long)Take64(ref at),
            Ctime = (long)Take64(ref at),
            DeviceMajor = Take32(ref at),
            DeviceMinor = Take32(ref at),
            LinkId = Take64(ref at),
            Target = at.ToArray(),
        };
    }

    private static uint Take32(ref ReadOnlySpan<byte> at)
    {
        var value = BinaryPrimitives.ReadUInt32LittleEndian(at);
        at = at[sizeof(uint)..];
        return value;
    }

    private static ulong Take64(ref ReadOnlySpan<byte> at)
    {
        var value = BinaryPrimitives.ReadUInt64LittleEndian(at);
        at = at[sizeof(ulong)..];
        return value;
    }

    private static void Put32(ref Span<byte> at, uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(at, value);
        at = at[sizeof(uint)..];
    }

    private static void Put64(ref Span<byte> at, ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(at, value);
        at = at[sizeof(ulong)..];
    }
}
