namespace Cas.Client.Xorbs;

/// <summary>How the payload of a record holds its chunk; the values are the format's.</summary>
internal enum CompressionScheme : byte
{
    /// <summary>The chunk as it is.</summary>
    None = 0,

    /// <summary>One LZ4 frame.</summary>
    Lz4 = 1,

    /// <summary>One LZ4 frame over the chunk's bytes grouped by their position modulo 4.</summary>
    GroupedLz4 = 2,
}
