namespace Cas.Client.Xorbs;

/// <summary>The bounds of the xorb format.</summary>
internal static class XorbLimits
{
    /// <summary>Chunks in one xorb.</summary>
    public const int ChunksMax = 8192;

    /// <summary>Bytes in one chunk.</summary>
    public const int ChunkBytesMax = 128 * 1024;

    /// <summary>What a record may announce as its payload; a sensible one is below the chunk's own length.</summary>
    public const int PayloadBytesMax = 256 * 1024;

    /// <summary>
    /// What a writer puts into one xorb, counted both in chunk bytes and in records: one implementation counts the
    /// first, another and the service the second.
    /// </summary>
    public const int WrittenBytesMax = 64 * 1024 * 1024;

    /// <summary>
    /// Records that a reader accepts. A producer that counts only chunk bytes may exceed the limit by its headers.
    /// </summary>
    public const int RecordBytesMax = WrittenBytesMax + (ChunksMax * ChunkHeader.Bytes);
}
