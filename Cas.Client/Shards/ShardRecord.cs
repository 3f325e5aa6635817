using System.Buffers.Binary;
using Cas.Client.Formats;

namespace Cas.Client.Shards;

/// <summary>
/// One record: a hash and four numbers, little-endian. Their meaning by kind:
/// <code>
///             hash         32                36               40               44
/// file        file hash    flags             terms            0                0
/// term        xorb hash    flags, 0          length           first chunk      end of chunks
/// range       range hash   0                 0                0                0
/// metadata    SHA-256      0                 0                0                0
/// xorb        xorb hash    flags, 0          chunks           unpacked bytes   record bytes or 0
/// chunk       chunk hash   offset unpacked   length           flags            0
/// end         all ones     0                 0                0                0
/// </code>
/// </summary>
internal readonly record struct ShardRecord(MerkleHash Hash, uint First, uint Second, uint Third, uint Fourth)
{
    /// <summary>The record that ends a section.</summary>
    public static ShardRecord End => new(ShardFormat.EndMark, 0, 0, 0, 0);

    /// <summary>Whether it ends a section.</summary>
    public bool IsEnd => Hash == ShardFormat.EndMark;

    /// <summary>Reads one.</summary>
    public static ShardRecord Read(ReadOnlySpan<byte> bytes)
    {
        var numbers = bytes[MerkleHash.Bytes..];
        return new ShardRecord(
            MerkleHash.Read(bytes),
            BinaryPrimitives.ReadUInt32LittleEndian(numbers),
            BinaryPrimitives.ReadUInt32LittleEndian(numbers[4..]),
            BinaryPrimitives.ReadUInt32LittleEndian(numbers[8..]),
            BinaryPrimitives.ReadUInt32LittleEndian(numbers[12..]));
    }

    /// <summary>Reads one from a place that has been checked to be inside.</summary>
    public static ShardRecord ReadAt(IRandomBytes bytes, long offset)
    {
        Span<byte> record = stackalloc byte[ShardFormat.RecordBytes];
        bytes.ReadAt(offset, record);
        return Read(record);
    }

    /// <summary>Writes it.</summary>
    public void Write(Span<byte> bytes)
    {
        Hash.Write(bytes);
        var numbers = bytes[MerkleHash.Bytes..];
        BinaryPrimitives.WriteUInt32LittleEndian(numbers, First);
        BinaryPrimitives.WriteUInt32LittleEndian(numbers[4..], Second);
        BinaryPrimitives.WriteUInt32LittleEndian(numbers[8..], Third);
        BinaryPrimitives.WriteUInt32LittleEndian(numbers[12..], Fourth);
    }

    public static ShardRecord Of(ShardTerm term) =>
        new(term.Xorb, 0, term.Length, term.ChunkStart, term.ChunkEnd);

    public static ShardRecord Of(ShardChunk chunk) => new(chunk.Hash, chunk.Offset, chunk.Length, chunk.Flags, 0);

    public ShardTerm ToTerm() => new(Hash, Second, Third, Fourth);

    public ShardChunk ToChunk() => new(Hash, First, Second, Third);
}
