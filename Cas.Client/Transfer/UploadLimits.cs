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

    /// <summary>What larger content is read in.</summary>
    public int BlockBytes { get; init; } = 1 << 20;

    /// <summary>Blocks between reading and storing.</summary>
    public int BlocksMax { get; init; } = 4;

    /// <summary>Unpacked bytes in one xorb; the limits of the format hold besides.</summary>
    public long XorbBytesMax { get; init; } = XorbLimits.WrittenBytesMax;

    /// <summary>Chunks in one xorb.</summary>
    public int XorbChunksMax { get; init; } = XorbLimits.ChunksMax;
}
