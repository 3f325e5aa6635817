namespace Cas.Client.Composition;

/// <summary>A run of terms of a content that is edited by itself: no chunk that an edit moves lies outside.</summary>
/// <param name="FirstTerm">Index of its first term.</param>
/// <param name="EndTerm">Index behind its last one.</param>
/// <param name="Start">Its offset in the content.</param>
/// <param name="Map">Its chunks. Those of terms that an edit replaces whole have no hash: nobody asks for it.</param>
/// <param name="Edits">The edits inside, as of its start.</param>
internal sealed record Section(int FirstTerm, int EndTerm, ulong Start, ChunkMap Map, IReadOnlyList<Edit> Edits)
{
    /// <summary>Offset of its end in the content.</summary>
    public ulong End => Start + Map.Chunks.Length;
}
