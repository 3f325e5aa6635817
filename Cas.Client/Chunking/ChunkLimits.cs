namespace Cas.Client.Chunking;

/// <summary>Sizes that the format sets for chunks.</summary>
internal static class ChunkLimits
{
    /// <summary>Mean size of a chunk of random data, about.</summary>
    public const int TargetBytes = 64 * 1024;

    /// <summary>Smallest chunk that a chunker cuts; only the last one of a content may be shorter.</summary>
    public const int MinBytes = TargetBytes / 8;

    /// <summary>Largest chunk, whoever cut it.</summary>
    public const int MaxBytes = TargetBytes * 2;
}
