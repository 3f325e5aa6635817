using Cas.Client.Reconstruction;

namespace Cas.Client.Composition;

/// <summary>What bounds a composition.</summary>
internal sealed record ComposeLimits
{
    /// <summary>The usual ones.</summary>
    public static ComposeLimits Default { get; } = new();

    /// <summary>Chunks in one term.</summary>
    public int TermChunks { get; init; } = FileRecipe.TermChunksMax;

    /// <summary>
    /// Unchanged bytes that are cut anew behind an edit before a cut is forced at an old one. Forcing bounds the cost
    /// in data without natural cuts, at the price of a hash that a whole upload would not give; so by default it is
    /// never done.
    /// </summary>
    public ulong ResyncBytesMax { get; init; } = ulong.MaxValue;

    /// <summary>Terms that a content may have however small it is, before any are joined.</summary>
    public int TermsFree { get; init; } = 64;

    /// <summary>Bytes stored anew at a time to make terms fewer; what is left then is for the next time.</summary>
    public ulong RewriteBytesMax { get; init; } = 32UL << 20;
}
