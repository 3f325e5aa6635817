using System.Diagnostics.CodeAnalysis;
using Cas.Client.Hashing;
using Cas.Client.Shards;

namespace Cas.Client.Composition;

/// <summary>
/// As much of a content's chunk map as some edits need: sections that are edited as if each were a content, and between
/// them terms that stay, of which their range hashes are known and together with their neighbours a part of the hash.
/// </summary>
internal sealed class PartialMap
{
    private readonly ContentId _content;
    private readonly ShardTerm[] _terms;
    private readonly MerkleHash[] _rangeHashes;
    private readonly ContentGaps? _gaps;

    private PartialMap(
        ContentId content, ShardTerm[] terms, MerkleHash[] rangeHashes, ContentGaps? gaps,
        IReadOnlyList<Section> sections)
    {
        (_content, _terms, _rangeHashes, _gaps) = (content, terms, rangeHashes, gaps);
        Sections = sections;
    }

    /// <summary>What is edited, in order.</summary>
    public IReadOnlyList<Section> Sections { get; }

    /// <summary>The terms that were read to make this, with their chunks.</summary>
    public IReadOnlyList<(ShardTerm Term, MerkleNode[] Nodes)> ReadTerms { get; private init; } = [];

    /// <summary>A content of which all is known: one section.</summary>
    public static PartialMap Of(ChunkMap map, IReadOnlyList<Edit> edits) => new(
        map.Id, [], [], null, [new Section(0, map.Terms.Length, 0, map, edits)]);

    /// <summary>
    /// A content of which the chunks of terms that are read are known, and the gaps. Throws
    /// <see cref="CasException"/>, Corrupt, if they do not give the hash of the content.
    /// </summary>
    public static PartialMap Of(
        ContentId content, ShardTerm[] terms, TouchedTerms touched, ContentGaps gaps,
        IReadOnlyDictionary<int, MerkleNode[]> nodes, IReadOnlyList<Edit> edits)
    {
        var known = new SectionBuilder(terms, touched, nodes);
        var hash = gaps.HashOf(i => known.WindowOf(gaps.Windows[i]));
        if (hash != content.Hash)
        {
            throw new CasException(
                CasError.Corrupt, $"the chunks beside the edits do not belong to content {content.Hash}");
        }

        return new PartialMap(content, terms, known.RangeHashes(gaps), gaps, known.Sections(edits))
        {
            ReadTerms = [.. nodes.Select(read => (terms[read.Key], read.Value))],
        };
    }

    /// <summary>Length of the content that the edited sections give.</summary>
    public ulong SizeOf(IReadOnlyList<Draft> drafts) => drafts.Aggregate(
        _content.Size, (size, draft) => size - draft.Basis.Chunks.Length + draft.Tree.Length);

    /// <summary>
    /// The content that the edited sections give, new chunks being at these places in their order. Throws
    /// <see cref="CasException"/>, Corrupt, if anything does not add up.
    /// </summary>
    public EditedContent Place(IReadOnlyList<Draft> drafts, IReadOnlyList<ChunkRun> runs)
    {
        var places = new RunReader(runs);
        var maps = drafts.Select(draft => draft.Place(places)).ToList();
        Require(places.IsAtEnd, "has places for more chunks than there are");
        if (_gaps is null)
        {
            return new EditedContent(maps[0].Id, maps[0].ToShardFile(), maps[0]);
        }

        var (terms, hashes, next) = (new List<ShardTerm>(), new List<MerkleHash>(), 0);
        for (var i = 0; i <= maps.Count; i++)
        {
            var end = i == maps.Count ? _terms.Length : Sections[i].FirstTerm;
            terms.AddRange(_terms[next..end]);
            hashes.AddRange(_rangeHashes[next..end]);
            if (i < maps.Count)
            {
                terms.AddRange(maps[i].Terms);
                hashes.AddRange(maps[i].RangeHashes);
                next = Sections[i].EndTerm;
            }
        }

        var id = new ContentId(HashOf(_gaps, maps), SizeOf(drafts));
        return new EditedContent(id, new ShardFile(id.Hash, [.. terms]) { RangeHashes = [.. hashes] }, null);
    }

    // What lies in a section between its windows may have been replaced: from the first one's start to the last one's
    // end all is new, and what is before and behind is as it was.
    private MerkleHash HashOf(ContentGaps gaps, List<ChunkMap> maps)
    {
        MerkleSubtree? tree = null;
        var window = 0;
        for (var i = 0; i < maps.Count; i++)
        {
            var (section, first) = (Sections[i], window);
            while (window < gaps.Windows.Count && gaps.Windows[window].End <= section.End)
            {
                window++;
            }

            var (start, end) = (gaps.Windows[first].Start, gaps.Windows[window - 1].End);
            var chunks = ChunksBetween(maps[i].Chunks, start - section.Start, section.End - end);
            var edited = MerkleSubtree.Of(chunks, start == 0, end == _content.Size);
            tree = ContentGaps.Join(ContentGaps.Join(tree, gaps.Hashes[first]), edited);
        }

        var root = ContentGaps.Join(tree, gaps.Hashes[^1])?.Root;
        Require(root is not null, "has no hash");
        return XetHash.File(root.Value);
    }

    /// <summary>The chunks without those of the first and of the last bytes, which are whole ones.</summary>
    private MerkleNode[] ChunksBetween(MerkleTree chunks, ulong head, ulong tail) =>
        [.. chunks.Chunks(IndexAt(chunks, head), IndexAt(chunks, chunks.Length - tail))];

    private long IndexAt(MerkleTree chunks, ulong offset)
    {
        if (offset == chunks.Length)
        {
            return chunks.Count;
        }

        var place = chunks.ChunkHolding(offset);
        Require(place.Offset == offset, "was cut anew beyond what was known of it");
        return place.Index;
    }

    private void Require([DoesNotReturnIf(false)] bool condition, string problem)
    {
        if (!condition)
        {
            throw new CasException(
                CasError.Corrupt, $"content {_content.Hash}, edited, {problem}, and was not stored");
        }
    }
}
