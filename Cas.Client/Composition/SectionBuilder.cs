using Cas.Client.Chunking;
using Cas.Client.Hashing;
using Cas.Client.Shards;

namespace Cas.Client.Composition;

/// <summary>
/// Makes sections of the terms that edits touch. <paramref name="nodes"/> has the chunks of those that are read, which
/// have the length of the term.
/// </summary>
internal sealed class SectionBuilder(
    ShardTerm[] terms, TouchedTerms touched, IReadOnlyDictionary<int, MerkleNode[]> nodes)
{
    /// <summary>
    /// The chunks of a window, all of whose terms are read. Throws <see cref="CasException"/>, Corrupt, if it does not
    /// begin and end with chunks.
    /// </summary>
    public MerkleSubtree WindowOf((ulong Start, ulong End) window)
    {
        var found = new List<MerkleNode>();
        var length = 0UL;
        for (var i = 0; i < terms.Length; i++)
        {
            var offset = touched.StartOf(i);
            if (offset >= window.End || touched.StartOf(i + 1) <= window.Start)
            {
                continue;
            }

            foreach (var node in nodes[i])
            {
                if (offset >= window.Start && offset + node.Length <= window.End)
                {
                    found.Add(node);
                    length += node.Length;
                }

                offset += node.Length;
            }
        }

        return length == window.End - window.Start
            ? MerkleSubtree.Of(found.ToArray(), window.Start == 0, window.End == touched.StartOf(terms.Length))
            : throw new CasException(CasError.Corrupt, "a window that begins or ends inside a chunk");
    }

    /// <summary>
    /// The range hash of each term: of those that no window touches the ones that were told, zero for the others. Throws
    /// <see cref="CasException"/>, Corrupt, if there are not as many.
    /// </summary>
    public MerkleHash[] RangeHashes(ContentGaps gaps)
    {
        var hashes = new MerkleHash[terms.Length];
        var (told, window) = (0, 0);
        for (var i = 0; i < hashes.Length; i++)
        {
            while (window < gaps.Windows.Count && gaps.Windows[window].End <= touched.StartOf(i))
            {
                window++;
            }

            var isOutside = window == gaps.Windows.Count || gaps.Windows[window].Start >= touched.StartOf(i + 1);
            if (isOutside && told < gaps.RangeHashes.Count)
            {
                hashes[i] = gaps.RangeHashes[told];
            }

            told += isOutside ? 1 : 0;
        }

        return told == gaps.RangeHashes.Count
            ? hashes
            : throw new CasException(
                CasError.Corrupt, $"{gaps.RangeHashes.Count} range hashes of {told} terms between edits");
    }

    /// <summary>The runs of terms that are not kept, with the edits inside.</summary>
    public List<Section> Sections(IReadOnlyList<Edit> edits)
    {
        var sections = new List<Section>();
        var edit = 0;
        for (var i = 0; i < terms.Length; i++)
        {
            var first = i;
            while (i < terms.Length && touched.Uses[i] != TermUse.Kept)
            {
                i++;
            }

            if (i > first)
            {
                sections.Add(SectionOf(first, i, edits, ref edit));
            }
        }

        return sections;
    }

    private Section SectionOf(int first, int end, IReadOnlyList<Edit> edits, ref int edit)
    {
        var (start, behind) = (touched.StartOf(first), touched.StartOf(end));
        var inside = new List<Edit>();
        for (; edit < edits.Count && (edits[edit].Start < behind || end == terms.Length); edit++)
        {
            // One that changes nothing may lie anywhere.
            if (edits[edit].Start >= start)
            {
                inside.Add(edits[edit] with { Start = edits[edit].Start - start, End = edits[edit].End - start });
            }
        }

        var chunks = new List<MerkleNode>();
        var hashes = new MerkleHash[end - first];
        for (var i = first; i < end; i++)
        {
            var isRead = touched.Uses[i] == TermUse.Read;
            chunks.AddRange(isRead ? nodes[i] : Unknown(terms[i]));
            hashes[i - first] = isRead ? XetHash.Range(nodes[i]) : default;
        }

        return new Section(
            first, end, start, new ChunkMap(MerkleTree.Of(chunks.ToArray()), terms[first..end], hashes), inside);
    }

    /// <summary>As many chunks as the term has, of its length.</summary>
    private static IEnumerable<MerkleNode> Unknown(ShardTerm term)
    {
        var left = (ulong)term.Length;
        for (var count = term.ChunkEnd - term.ChunkStart; count > 0; count--)
        {
            var length = Math.Min(left - (count - 1), ChunkLimits.MaxBytes);
            yield return new MerkleNode(default, length);
            left -= length;
        }
    }
}
