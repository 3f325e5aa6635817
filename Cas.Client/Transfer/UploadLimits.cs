using Cas.Client.Xorbs;

namespace Cas.Client.Transfer;

/// <summary>Sizes of an upload; tests make them small.</summary>
internal sealed record UploadLimits
{
    /// <summary>Memory that all uploads of a store hold together.</summary>
    public long MemoryBytesMax { get; init; } = 256 << 20;

    /// <summary>Content up to this length waits in memory for company: many small files share one xorb.</summary>
    public int SmallBytesMax { get; init; } = 1 << 20;

    /// <summary>Small files that are stored together.</summary>
    public int BatchFilesMax { get; init; } = 1024;

    /// <summary>What larger content is read in: a power of two, because pooled buffers are.</summary>
    public int BlockBytes { get; init; } = 1 << 20;

    /// <summary>
    /// Blocks of one content in memory: one that is hashed and one that is compressed on each core, and some that wait,
    /// as far as one content can use cores.
    /// </summary>
    public int BlocksMax { get; init; } = Math.Min((2 * Environment.ProcessorCount) + 4, 20);

    /// <summary>Chunks and their headers in one xorb.</summary>
    public long XorbBytesMax { get; init; } = XorbLimits.WrittenBytesMax;

    /// <summary>
    /// A xorb that is as long is ended if the store has nothing else to do: what is sent while more is made does not have
    /// to be sent afterwards.
    /// </summary>
    public long XorbBytesEarly { get; init; } = 16 << 20;

    /// <summary>Chunks in one xorb.</summary>
    public int XorbChunksMax { get; init; } = XorbLimits.ChunksMax;

    /// <summary>
    /// What is said about xorbs in one shard; one with all chunks that a xorb may have fits, and so does 1 GiB or more
    /// of content.
    /// </summary>
    public int ShardBytesMax { get; init; } = 2 << 20;
}
