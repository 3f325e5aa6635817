using Cas.Client.Hashing;

namespace Cas.Client.Composition;

/// <summary>A new content whose new chunks have no places yet, and what it took to make it.</summary>
/// <param name="Basis">What it was made of.</param>
/// <param name="Tree">All chunks.</param>
/// <param name="Pieces">Which of them are kept.</param>
/// <param name="Limits">Those that its terms keep.</param>
internal sealed record Draft(ChunkMap Basis, MerkleTree Tree, PieceList Pieces, ComposeLimits Limits)
{
    /// <summary>Bytes of the basis that were read.</summary>
    public ulong OldBytesRead { get; init; }

    /// <summary>Bytes of chunks given to the sink.</summary>
    public ulong NewBytes { get; init; }

    /// <summary>Count of these chunks.</summary>
    public long NewChunks { get; init; }

    /// <summary>Stretches that were cut anew.</summary>
    public int Regions { get; init; }

    /// <summary>
    /// Stretches ended where a chunker that sees the whole content would not cut: the hash is not that of a whole
    /// upload.
    /// </summary>
    public int ForcedCuts { get; init; }

    /// <summary>
    /// The content, its new chunks being at these places, in the order in which the sink got them. Throws
    /// <see cref="CasException"/>, Corrupt, if anything does not add up.
    /// </summary>
    public ChunkMap Place(IReadOnlyList<ChunkRun> runs) => TermSplice.Apply(Basis, Tree, Pieces, runs, Limits);

    /// <summary>The same, of places that belong to other contents too.</summary>
    public ChunkMap Place(RunReader places) => TermSplice.Apply(Basis, Tree, Pieces, places, Limits);
}
