using System.Buffers.Binary;
using Vfs.Core.Namespace;

namespace Vfs.Core.Metadata;

/// <summary>
/// A <see cref="RequestOutcome"/> as bytes, numbers little-endian: one byte whose bits say which parts follow, then
/// these in the order of the bits.
/// <code>
/// bit part           bytes of attributes: 0 inode (8), 8 type (1), 9 mode (4), 13 link count (4), 17 uid (4),
///   0 object          21 gid (4), 25 size (8), 33 used (8), 41 device major (4), 45 minor (4), 49 atime (8),
///   1 first before    57 mtime (8), 65 ctime (8)
///   2 first after    bytes of a before: 0 size (8), 8 mtime (8), 16 ctime (8)
///   3 second before
///   4 second after
/// </code>
/// </summary>
internal static class RequestOutcomeCodec
{
    public const int BytesMax = 1 + (3 * AttributesBytes) + (2 * BeforeBytes);

    private const int AttributesBytes = 73;
    private const int BeforeBytes = 24;

    private const int HasObject = 1;
    private const int HasFirstBefore = 2;
    private const int HasFirstAfter = 4;
    private const int HasSecondBefore = 8;
    private const int HasSecondAfter = 16;

    /// <summary>Writes at most <see cref="BytesMax"/> bytes; returns how many.</summary>
    public static int Write(Span<byte> into, in RequestOutcome outcome)
    {
        var length = 1;
        into[0] = (byte)(
            WriteAttributes(into, ref length, outcome.Object, HasObject)
            | WriteBefore(into, ref length, outcome.First.Before, HasFirstBefore)
            | WriteAttributes(into, ref length, outcome.First.After, HasFirstAfter)
            | WriteBefore(into, ref length, outcome.Second.Before, HasSecondBefore)
            | WriteAttributes(into, ref length, outcome.Second.After, HasSecondAfter));
        return length;
    }

    /// <summary>False on bytes that no outcome is written as.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out RequestOutcome outcome)
    {
        outcome = default;
        if (bytes.IsEmpty || bytes.Length != LengthOf(bytes[0]))
        {
            return false;
        }

        var parts = bytes[0];
        bytes = bytes[1..];
        outcome = new RequestOutcome(
            ReadAttributes(ref bytes, parts & HasObject),
            new WccData(
                ReadBefore(ref bytes, parts & HasFirstBefore), ReadAttributes(ref bytes, parts & HasFirstAfter)),
            new WccData(
                ReadBefore(ref bytes, parts & HasSecondBefore), ReadAttributes(ref bytes, parts & HasSecondAfter)));
        return true;
    }

    private static int LengthOf(int parts) =>
        1 + (AttributesBytes * int.PopCount(parts & (HasObject | HasFirstAfter | HasSecondAfter)))
        + (BeforeBytes * int.PopCount(parts & (HasFirstBefore | HasSecondBefore)));

    private static int WriteAttributes(Span<byte> into, ref int length, in Attributes? attributes, int part)
    {
        if (attributes is not { } a)
        {
            return 0;
        }

        var bytes = into.Slice(length, AttributesBytes);
        length += AttributesBytes;
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, a.Id.Value);
        bytes[8] = (byte)a.Type;
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[9..], a.Mode);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[13..], a.LinkCount);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[17..], a.Uid);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[21..], a.Gid);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[25..], a.Size);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[33..], a.Used);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[41..], a.DeviceMajor);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[45..], a.DeviceMinor);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[49..], a.Atime.Nanoseconds);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[57..], a.Mtime.Nanoseconds);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[65..], a.Ctime.Nanoseconds);
        return part;
    }

    private static Attributes? ReadAttributes(ref ReadOnlySpan<byte> from, int part)
    {
        if (part == 0)
        {
            return null;
        }

        var bytes = from[..AttributesBytes];
        from = from[AttributesBytes..];
        return new Attributes(
            new InodeId(BinaryPrimitives.ReadUInt64LittleEndian(bytes)),
            (InodeType)bytes[8],
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[9..]),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[13..]),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[17..]),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[21..]),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[25..]),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[33..]),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[41..]),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[45..]),
            ReadTime(bytes[49..]),
            ReadTime(bytes[57..]),
            ReadTime(bytes[65..]));
    }

    private static int WriteBefore(Span<byte> into, ref int length, in WccAttributes? before, int part)
    {
        if (before is not { } b)
        {
            return 0;
        }

        var bytes = into.Slice(length, BeforeBytes);
        length += BeforeBytes;
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, b.Size);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[8..], b.Mtime.Nanoseconds);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[16..], b.Ctime.Nanoseconds);
        return part;
    }

    private static WccAttributes? ReadBefore(ref ReadOnlySpan<byte> from, int part)
    {
        if (part == 0)
        {
            return null;
        }

        var bytes = from[..BeforeBytes];
        from = from[BeforeBytes..];
        return new WccAttributes(
            BinaryPrimitives.ReadUInt64LittleEndian(bytes), ReadTime(bytes[8..]), ReadTime(bytes[16..]));
    }

    private static Timestamp ReadTime(ReadOnlySpan<byte> bytes) =>
        new(BinaryPrimitives.ReadInt64LittleEndian(bytes));
}
