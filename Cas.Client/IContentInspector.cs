namespace Cas.Client;

/// <summary>How many chunks are kept in which way.</summary>
/// <param name="None">As they are.</param>
/// <param name="Lz4">Compressed.</param>
/// <param name="GroupedLz4">Compressed after their bytes were grouped by four.</param>
public readonly record struct ChunkCompression(uint None, uint Lz4, uint GroupedLz4)
{
    /// <summary>Both together.</summary>
    public static ChunkCompression operator +(ChunkCompression a, ChunkCompression b) =>
        new(a.None + b.None, a.Lz4 + b.Lz4, a.GroupedLz4 + b.GroupedLz4);
}

/// <summary>A term of a file: chunks [<paramref name="ChunkStart"/>, <paramref name="ChunkEnd"/>) of a xorb.</summary>
/// <param name="Offset">Where it starts in the file.</param>
/// <param name="Length">Bytes of the file that it stands for.</param>
/// <param name="Xorb">The xorb.</param>
/// <param name="ChunkStart">Index of the first chunk.</param>
/// <param name="ChunkEnd">Index behind the last chunk.</param>
/// <param name="StoredBytes">What its chunks take in the xorb.</param>
/// <param name="Compression">How its chunks are kept.</param>
public readonly record struct ContentTerm(
    ulong Offset,
    ulong Length,
    MerkleHash Xorb,
    uint ChunkStart,
    uint ChunkEnd,
    ulong StoredBytes,
    ChunkCompression Compression);

/// <summary>How a store keeps content, for people who look inside.</summary>
public sealed record ContentDescription(ContentId Content, IReadOnlyList<ContentTerm> Terms);

/// <summary>A content store that lets people look inside.</summary>
public interface IContentInspector
{
    /// <summary>Content by its hash alone. Errors: NotFound, Corrupt, and the transient ones.</summary>
    ValueTask<CasResult<ContentId>> FindAsync(MerkleHash hash, CancellationToken cancellationToken);

    /// <summary>
    /// How content is kept, by its hash alone. Errors: NotFound, Corrupt, and the transient ones.
    /// </summary>
    ValueTask<CasResult<ContentDescription>> DescribeAsync(MerkleHash hash, CancellationToken cancellationToken);
}
