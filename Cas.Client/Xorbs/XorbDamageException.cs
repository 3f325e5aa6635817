namespace Cas.Client.Xorbs;

/// <summary>A xorb breaks a rule of its format or is not what its name says. Nothing of it was handed out.</summary>
internal sealed class XorbDamageException : CasException
{
    public XorbDamageException(MerkleHash xorb, int? chunkIndex, long offset, string problem)
        : base(CasError.Corrupt, Sentence(xorb, chunkIndex, offset, problem))
    {
        Xorb = xorb;
        ChunkIndex = chunkIndex;
        Offset = offset;
    }

    /// <summary>The name under which it was opened.</summary>
    public MerkleHash Xorb { get; }

    /// <summary>The damaged chunk; null if the damage is in the footer or concerns the whole.</summary>
    public int? ChunkIndex { get; }

    /// <summary>Where in the xorb's bytes.</summary>
    public long Offset { get; }

    private static string Sentence(MerkleHash xorb, int? chunkIndex, long offset, string problem) =>
        chunkIndex is { } index
            ? $"xorb {xorb} is damaged: chunk {index} at byte {offset}: {problem}"
            : $"xorb {xorb} is damaged at byte {offset}: {problem}";
}
