using Cas.Client.Backends.Hub.Reading;
using Cas.Client.Composition;
using Cas.Client.Formats;
using Cas.Client.Hashing;
using Cas.Client.Shards;

namespace Cas.Client.Backends.Hub.Writing;

/// <summary>
/// How files are made, chunk by chunk; those that were stored or edited last stay in memory. The CAS tells nobody the
/// hashes of chunks: those of the terms that edits touch are found by reading them, unless they are known, and for the
/// rest it tells what the hash of the file needs.
/// </summary>
internal sealed class FileMaps(ReadPlans plans, GapHashes gaps, HubReader reader, KnownChunks known)
{
    /// <summary>About the maps of 80 GiB of content.</summary>
    private const long MapBytesMax = 128 << 20;

    /// <summary>Terms in memory, of about 120 bytes each; a file counts as a few more.</summary>
    private const int TermsMax = 100_000;

    private const int TermsPerFile = 4;
    private const int ReadsMax = 8;

    private readonly CostCache<Entry> _maps = new(MapBytesMax, entry => entry.MemoryBytes);
    private readonly CostCache<ShardFile> _files = new(TermsMax, file => file.Terms.Length + TermsPerFile);

    /// <summary>Takes note of a file that was just stored.</summary>
    public void Keep(ShardFile file) => _files.Keep(file.Hash, file);

    /// <summary>Takes note of a file that was just stored, made of <paramref name="basis"/>.</summary>
    public void Keep(EditedContent edited, PartialMap basis)
    {
        if (edited.Map is not null)
        {
            _maps.Keep(edited.Id.Hash, new Entry(edited.Map, ChunkMap.MemoryBytesOf(edited.File)));
            return;
        }

        // The CAS has verified the range hashes that they gave.
        foreach (var (term, nodes) in basis.ReadTerms)
        {
            known.Add(term.Xorb, term.ChunkStart, nodes);
        }
    }

    /// <summary>Forgets a file that something was wrong with.</summary>
    public void Forget(MerkleHash file)
    {
        _maps.Forget(file);
        _files.Forget(file);
    }

    /// <summary>
    /// What edits need to know of a file. Throws <see cref="CasException"/>: NotFound, Corrupt, what calls throw.
    /// </summary>
    public async Task<PartialMap> FindAsync(
        ContentId content, IReadOnlyList<Edit> edits, CancellationToken cancellationToken)
    {
        if (content.Size == 0)
        {
            return PartialMap.Of(ChunkMap.Empty, edits);
        }

        if (_maps.Find(content.Hash)?.Map is { } map)
        {
            RequireSize(content, map.Id.Size);
            return PartialMap.Of(map, edits);
        }

        var file = _files.Find(content.Hash) ?? await AskAsync(content, cancellationToken);
        var touched = new TouchedTerms(file.Terms, edits);
        RequireSize(content, touched.StartOf(file.Terms.Length));
        var isAllKnown = Array.TrueForAll(
            file.Terms, term => known.Find(term.Xorb, term.ChunkStart, term.ChunkEnd) is not null);
        var around = isAllKnown || touched.Uses.All(use => use == TermUse.Read) || touched.Edges.Count == 0
            ? null
            : await gaps.FindAsync(content, touched.Edges, cancellationToken);
        if (around is null)
        {
            touched.Read(0, content.Size);
            var nodes = await ReadAsync(content, file.Terms, touched, cancellationToken);
            return PartialMap.Of(Learn(file, nodes), edits);
        }

        foreach (var (start, end) in around.Windows)
        {
            touched.Read(start, end);
        }

        return PartialMap.Of(
            content, file.Terms, touched, around,
            await ReadAsync(content, file.Terms, touched, cancellationToken), edits);
    }

    /// <summary>The map of a file all of whose chunks were read.</summary>
    private ChunkMap Learn(ShardFile file, IReadOnlyDictionary<int, MerkleNode[]> nodes)
    {
        // The hash of the file vouches for all of them.
        var map = ChunkMap.Of(file, i => nodes[i]);
        for (var i = 0; i < file.Terms.Length; i++)
        {
            known.Add(file.Terms[i].Xorb, file.Terms[i].ChunkStart, nodes[i]);
        }

        _maps.Keep(file.Hash, new Entry(map, ChunkMap.MemoryBytesOf(file)));
        return map;
    }

    /// <summary>The chunks of the terms that are to be read; equal terms are read once.</summary>
    private async Task<IReadOnlyDictionary<int, MerkleNode[]>> ReadAsync(
        ContentId content, ShardTerm[] terms, TouchedTerms touched, CancellationToken cancellationToken)
    {
        var wanted = Enumerable.Range(0, terms.Length).Where(i => touched.Uses[i] == TermUse.Read).ToArray();
        var first = wanted.DistinctBy(i => terms[i]).ToArray();
        var nodes = new MerkleNode[first.Length][];
        var options = new ParallelOptions
        {
            MaxDegreeOfParallelism = ReadsMax, CancellationToken = cancellationToken,
        };
        await Parallel.ForAsync(0, first.Length, options, async (i, token) =>
            nodes[i] = await NodesAsync(content, terms[first[i]], touched.StartOf(first[i]), token));
        var byTerm = first.Zip(nodes).ToDictionary(pair => terms[pair.First], pair => pair.Second);
        return wanted.ToDictionary(i => i, i => byTerm[terms[i]]);
    }

    private async Task<MerkleNode[]> NodesAsync(
        ContentId content, ShardTerm term, ulong start, CancellationToken cancellationToken)
    {
        var nodes = known.Find(term.Xorb, term.ChunkStart, term.ChunkEnd)
            ?? [.. await reader.ReadNodesAsync(content, start, term.Length, cancellationToken)];
        var length = nodes.Aggregate(0UL, (sum, node) => sum + node.Length);
        return nodes.Length == term.ChunkEnd - term.ChunkStart && length == term.Length
            ? nodes
            : throw new CasException(CasError.Corrupt, $"a term of content {content.Hash} has other chunks");
    }

    private async Task<ShardFile> AskAsync(ContentId content, CancellationToken cancellationToken)
    {
        var plan = await plans.GetAsync(content.Hash, null, cancellationToken);
        return plan.Skip == 0
            ? new ShardFile(content.Hash, plan.Terms)
            : throw new CasException(CasError.Corrupt, $"the recipe of content {content.Hash} does not begin at its start");
    }

    private static void RequireSize(ContentId content, ulong size)
    {
        if (size != content.Size)
        {
            throw new CasException(
                CasError.Corrupt, $"content {content.Hash} is {size} bytes long instead of {content.Size}");
        }
    }

    private sealed record Entry(ChunkMap Map, long MemoryBytes);
}
