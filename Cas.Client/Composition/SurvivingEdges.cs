using Cas.Client.Hashing;

namespace Cas.Client.Composition;

/// <summary>
/// Tells which old chunks edits touch and do not replace whole: a composition is sure to read them. The edits have
/// passed <see cref="EditList.Check"/>.
/// </summary>
internal sealed class SurvivingEdges(IReadOnlyList<Edit> edits)
{
    /// <summary>Whether an edit lies, begins or ends inside a chunk of which something stays.</summary>
    public bool AreIn(MerklePlace chunk)
    {
        var end = chunk.Offset + chunk.Chunk.Length;
        var replaced = chunk.Offset;
        for (var i = FirstBehind(chunk.Offset); i < edits.Count && edits[i].Start < end; i++)
        {
            var edit = edits[i];
            if (edit.Start > replaced && (edit.End > edit.Start || edit.Length > 0))
            {
                return true;
            }

            replaced = Math.Max(replaced, edit.End);
        }

        return replaced > chunk.Offset && replaced < end;
    }

    /// <summary>The first edit that ends behind an offset.</summary>
    private int FirstBehind(ulong offset)
    {
        var (low, high) = (0, edits.Count);
        while (low < high)
        {
            var middle = low + ((high - low) / 2);
            (low, high) = edits[middle].End > offset ? (low, middle) : (middle + 1, high);
        }

        return low;
    }
}
