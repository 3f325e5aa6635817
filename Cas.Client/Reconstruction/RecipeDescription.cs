using Cas.Client.Formats;
using Cas.Client.Xorbs;

namespace Cas.Client.Reconstruction;

/// <summary>Tells where the terms of a file lie and how their chunks are kept; blocks on the disk.</summary>
internal static class RecipeDescription
{
    /// <summary>Reads the header of each chunk. Throws <see cref="CasException"/> and what reading throws.</summary>
    public static ContentDescription Of(FileRecipe recipe, LeaseCache<MerkleHash, OpenXorb> xorbs)
    {
        var terms = new ContentTerm[recipe.Terms.Length];
        for (var i = 0; i < terms.Length; i++)
        {
            using var lease = xorbs.Borrow(recipe.Terms[i].Xorb);
            terms[i] = TermOf(recipe, i, lease.Value);
        }

        return new ContentDescription(new ContentId(recipe.Hash, recipe.Length), terms);
    }

    private static ContentTerm TermOf(FileRecipe recipe, int index, OpenXorb xorb)
    {
        recipe.Check(index, xorb.Index);
        var term = recipe.Terms[index];
        var stored = 0UL;
        var compression = default(ChunkCompression);
        for (var chunk = (int)term.ChunkStart; chunk < term.ChunkEnd; chunk++)
        {
            stored += (ulong)xorb.Index.Layout.RecordLength(chunk);
            compression += One(
                XorbLayout.ReadHeader(xorb.Bytes, term.Xorb, chunk, xorb.Index.Layout.RecordOffset(chunk)).Scheme);
        }

        return new ContentTerm(
            recipe.StartOf(index), term.Length, term.Xorb, term.ChunkStart, term.ChunkEnd, stored, compression);
    }

    private static ChunkCompression One(CompressionScheme scheme) => scheme switch
    {
        CompressionScheme.None => new ChunkCompression(1, 0, 0),
        CompressionScheme.Lz4 => new ChunkCompression(0, 1, 0),
        CompressionScheme.GroupedLz4 => new ChunkCompression(0, 0, 1),
    };
}
