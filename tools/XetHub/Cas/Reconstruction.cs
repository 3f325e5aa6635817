using Cas.Client;
using Cas.Client.Reconstruction;
using Cas.Client.Shards;
using Cas.Client.Xorbs;
using XetHub.Http;

namespace XetHub.Cas;

/// <summary>Chunks [<paramref name="ChunkStart"/>, <paramref name="ChunkEnd"/>) of a xorb, and their place.</summary>
internal readonly record struct FetchRange(uint ChunkStart, uint ChunkEnd, ByteRange Bytes);

/// <summary>What a client needs to put a range of a file together.</summary>
/// <param name="Skip">Bytes at the start of the first term that are not wanted.</param>
/// <param name="Terms">The terms, with the chunks that the range touches.</param>
/// <param name="Fetches">For each xorb what of it is to be fetched, sorted and apart.</param>
internal sealed record Reconstruction(
    ulong Skip, IReadOnlyList<ShardTerm> Terms, IReadOnlyDictionary<MerkleHash, List<FetchRange>> Fetches)
{
    /// <summary>The range lies inside the file.</summary>
    public static Reconstruction Of(FileRecipe recipe, ByteRange range, Func<MerkleHash, XorbIndex> indexOf)
    {
        var terms = new List<ShardTerm>();
        var skip = 0UL;
        for (var i = range.Length == 0 ? recipe.Terms.Length : recipe.IndexOf(range.Start);
            i < recipe.Terms.Length && recipe.StartOf(i) < range.End;
            i++)
        {
            var term = recipe.Terms[i];
            var from = range.Start - Math.Min(range.Start, recipe.StartOf(i));
            var to = Math.Min(range.End - recipe.StartOf(i), term.Length);
            var trimmed = from == 0 && to == term.Length
                ? term
                : Trim(term, (uint)from, (uint)to, indexOf(term.Xorb).Layout, ref skip);
            terms.Add(trimmed);
        }

        var fetches = terms.GroupBy(term => term.Xorb)
            .ToDictionary(group => group.Key, group => Merge(group, indexOf(group.Key).Layout));
        return new Reconstruction(skip, terms, fetches);
    }

    /// <summary>The chunks of a term that bytes [from, to) of it touch; tells how much too early they start.</summary>
    private static ShardTerm Trim(ShardTerm term, uint from, uint to, XorbLayout layout, ref ulong skip)
    {
        var origin = layout.ChunkOffset((int)term.ChunkStart);
        var (first, end) = ((int)term.ChunkStart, (int)term.ChunkEnd);
        while (EndOf(layout, first) - origin <= from)
        {
            first++;
        }

        while (layout.ChunkOffset(end - 1) - origin >= to)
        {
            end--;
        }

        var start = layout.ChunkOffset(first);
        skip += from - (start - origin);
        return new ShardTerm(term.Xorb, EndOf(layout, end - 1) - start, (uint)first, (uint)end);
    }

    private static List<FetchRange> Merge(IEnumerable<ShardTerm> terms, XorbLayout layout)
    {
        var merged = new List<FetchRange>();
        var (start, end) = (0u, 0u);
        foreach (var term in terms.OrderBy(term => term.ChunkStart))
        {
            if (end > 0 && term.ChunkStart <= end)
            {
                end = Math.Max(end, term.ChunkEnd);
                continue;
            }

            Add(merged, start, end, layout);
            (start, end) = (term.ChunkStart, term.ChunkEnd);
        }

        Add(merged, start, end, layout);
        return merged;
    }

    private static void Add(List<FetchRange> ranges, uint start, uint end, XorbLayout layout)
    {
        if (end > 0)
        {
            var last = (int)end - 1;
            var bytes = new ByteRange(
                layout.RecordOffset((int)start), layout.RecordOffset(last) + (ulong)layout.RecordLength(last));
            ranges.Add(new FetchRange(start, end, bytes));
        }
    }

    private static uint EndOf(XorbLayout layout, int chunk) =>
        layout.ChunkOffset(chunk) + (uint)layout.ChunkLength(chunk);
}
