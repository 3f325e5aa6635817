namespace Cas.Client.Shards;

/// <summary>
/// Constants of the shard format. A shard is a header of 48 bytes, a section of file records, a section of xorb
/// records, and in stored shards lookup tables and a footer. Each section ends with a record whose hash is all ones.
/// </summary>
internal static class ShardFormat
{
    /// <summary>Length of the header and of every record of both sections.</summary>
    public const int RecordBytes = 48;

    /// <summary>Length of the footer.</summary>
    public const int FooterBytes = 200;

    /// <summary>A row of the file table and of the xorb table: first word of the hash, record index.</summary>
    public const int RowBytes = 12;

    /// <summary>A row of the chunk table: first word of the hash, record index of the xorb, chunk index.</summary>
    public const int ChunkRowBytes = 16;

    /// <summary>The longest shard, written or read.</summary>
    public const int BytesMax = 64 * 1024 * 1024;

    /// <summary>The only version of headers.</summary>
    public const ulong HeaderVersion = 2;

    /// <summary>The only version of footers.</summary>
    public const ulong FooterVersion = 1;

    /// <summary>Flag of a file: a record with a range hash for each term follows the terms.</summary>
    public const uint FileHasVerification = 0x8000_0000;

    /// <summary>Flag of a file: a record with the SHA-256 of its content follows.</summary>
    public const uint FileHasMetadata = 0x4000_0000;

    /// <summary>Flag of a chunk: a server may be asked for it by its hash.</summary>
    public const uint ChunkIsDedupCandidate = 0x8000_0000;

    /// <summary>Files whose hashes start with the same word; more than that are not an accident.</summary>
    public const int EqualRowsMax = 8;

    /// <summary>The first 32 bytes of every shard.</summary>
    public static ReadOnlySpan<byte> Tag =>
    [
        (byte)'H', (byte)'F', (byte)'R', (byte)'e', (byte)'p', (byte)'o', (byte)'M',
        (byte)'e', (byte)'t', (byte)'a', (byte)'D', (byte)'a', (byte)'t', (byte)'a',
        0x00, 0x55, 0x69, 0x67, 0x45, 0x6A, 0x7B, 0x81, 0x57, 0x83, 0xA5, 0xBD, 0xD9, 0x5C, 0xCD, 0xD1, 0x4A, 0xA9,
    ];

    /// <summary>The hash of the record that ends a section.</summary>
    public static MerkleHash EndMark => new(ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue);
}
