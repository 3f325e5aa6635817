using Cas.Client.Backends.Hub.Reading;
using Cas.Client.Composition;
using Cas.Client.Formats;
using Cas.Client.Hashing;
using Cas.Client.Shards;

namespace Cas.Client.Backends.Hub.Writing;

/// <summary>
/// How files are made, chunk by chunk; those that were stored or edited last stay in memory. The CAS tells nobody the
/// hashes of chunks: what is not known of a file's chunks is found by reading them.
/// </summary>
internal sealed class FileMaps(ReadPlans plans, HubReader reader, KnownChunks known)
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

    /// <summary>Keeps the map of a file that was just stored as <paramref name="file"/>.</summary>
    public void Keep(ShardFile file, ChunkMap map) =>
        _maps.Keep(file.Hash, new Entry(map, ChunkMap.MemoryBytesOf(file)));

    /// <summary>Forgets a file that something was wrong with.</summary>
    public void Forget(MerkleHash file)
    {
        _maps.Forget(file);
        _files.Forget(file);
    }

    /// <summary>The map of a file. Throws <see cref="CasException"/>: NotFound, Corrupt, what calls throw.</summary>
    public async Task<ChunkMap> FindAsync(ContentId content, CancellationToken cancellationToken)
    {
        var map = _maps.Find(content.Hash)?.Map ?? await MakeAsync(content, cancellationToken);
        return map.Id == content
            ? map
            : throw new CasException(
                CasError.Corrupt, $"content {content.Hash} is {map.Id.Size} bytes long instead of {content.Size}");
    }

    private async Task<ChunkMap> MakeAsync(ContentId content, CancellationToken cancellationToken)
    {
        var file = _files.Find(content.Hash) ?? await AskAsync(content, cancellationToken);
        var nodes = new MerkleNode[file.Terms.Length][];
        var starts = new ulong[nodes.Length];
        for (var i = 1; i < starts.Length; i++)
        {
            starts[i] = starts[i - 1] + file.Terms[i - 1].Length;
        }

        var options = new ParallelOptions
        {
            MaxDegreeOfParallelism = ReadsMax, CancellationToken = cancellationToken,
        };
        await Parallel.ForAsync(0, nodes.Length, options, async (i, token) =>
            nodes[i] = await NodesAsync(content, file.Terms[i], starts[i], token));

        // The hash of the file vouches for all of them.
        var map = ChunkMap.Of(file, i => nodes[i]);
        for (var i = 0; i < nodes.Length; i++)
        {
            known.Add(file.Terms[i].Xorb, file.Terms[i].ChunkStart, nodes[i]);
        }

        Keep(file, map);
        return map;
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
        return plan.Skip == 0 && plan.Length == content.Size
            ? new ShardFile(content.Hash, plan.Terms)
            : throw new CasException(
                CasError.Corrupt, $"content {content.Hash} is {plan.Length} bytes long instead of {content.Size}");
    }

    private sealed record Entry(ChunkMap Map, long MemoryBytes);
}
