using System.Buffers.Binary;

namespace Cas.Client.Shards;

/// <summary>A lookup table: where it starts and how many rows it has.</summary>
internal readonly record struct ShardTable(ulong Offset, ulong Count);

/// <summary>
/// The last 200 bytes of a stored shard. Little-endian, numbers of 8 bytes:
/// <code>
/// offset
///      0  version, 1
///   8, 16 offsets of the file section and of the xorb section
///  24, 32 file table: offset, rows
///  40, 48 xorb table
///  56, 64 chunk table
///     72  key (32): chunk hashes in this shard are BLAKE3 keyed with it; all 0 if they are plain
///    104  creation time in Unix seconds
///    112  when the key expires; all ones for never
///    120  reserved (48)
///    168  bytes of all xorbs' records, bytes of all files, bytes of all xorbs unpacked
///    192  offset of the footer
/// </code>
/// </summary>
internal sealed record ShardFooter
{
    private const int KeyAt = 72;
    private const int TimesAt = 104;
    private const int ReservedAt = 120;
    private const int TotalsAt = 168;

    public ulong FilesOffset { get; init; }

    public ulong XorbsOffset { get; init; }

    public ShardTable FileTable { get; init; }

    public ShardTable XorbTable { get; init; }

    public ShardTable ChunkTable { get; init; }

    public MerkleHash Key { get; init; }

    public ulong CreatedSeconds { get; init; }

    public ulong KeyExpirySeconds { get; init; }

    public ulong RecordBytes { get; init; }

    public ulong FileBytes { get; init; }

    public ulong ChunkBytes { get; init; }

    public ulong Offset { get; init; }

    /// <summary>Reads it; null if the version is not known or the reserved bytes are used.</summary>
    public static ShardFooter? Read(ReadOnlySpan<byte> bytes)
    {
        var isKnown = Number(bytes, 0) == ShardFormat.FooterVersion;
        return !isKnown || bytes[ReservedAt..TotalsAt].ContainsAnyExcept((byte)0) ? null : new ShardFooter
        {
            FilesOffset = Number(bytes, 8),
            XorbsOffset = Number(bytes, 16),
            FileTable = new ShardTable(Number(bytes, 24), Number(bytes, 32)),
            XorbTable = new ShardTable(Number(bytes, 40), Number(bytes, 48)),
            ChunkTable = new ShardTable(Number(bytes, 56), Number(bytes, 64)),
            Key = MerkleHash.Read(bytes[KeyAt..]),
            CreatedSeconds = Number(bytes, TimesAt),
            KeyExpirySeconds = Number(bytes, TimesAt + 8),
            RecordBytes = Number(bytes, TotalsAt),
            FileBytes = Number(bytes, TotalsAt + 8),
            ChunkBytes = Number(bytes, TotalsAt + 16),
            Offset = Number(bytes, TotalsAt + 24),
        };
    }

    /// <summary>Writes it.</summary>
    public void Write(Span<byte> bytes)
    {
        bytes[..ShardFormat.FooterBytes].Clear();
        ReadOnlySpan<ulong> start =
        [
            ShardFormat.FooterVersion, FilesOffset, XorbsOffset, FileTable.Offset, FileTable.Count,
            XorbTable.Offset, XorbTable.Count, ChunkTable.Offset, ChunkTable.Count,
        ];
        Put(bytes, start);
        Key.Write(bytes[KeyAt..]);
        Put(bytes[TimesAt..], [CreatedSeconds, KeyExpirySeconds]);
        Put(bytes[TotalsAt..], [RecordBytes, FileBytes, ChunkBytes, Offset]);
    }

    private static ulong Number(ReadOnlySpan<byte> bytes, int at) =>
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[at..]);

    private static void Put(Span<byte> bytes, ReadOnlySpan<ulong> numbers)
    {
        for (var i = 0; i < numbers.Length; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bytes[(i * sizeof(ulong))..], numbers[i]);
        }
    }
}
