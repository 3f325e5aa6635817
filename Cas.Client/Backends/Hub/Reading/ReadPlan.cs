using System.Text.Json;
using Cas.Client.Backends.Hub.Http;
using Cas.Client.Shards;
using Cas.Client.Xorbs;

namespace Cas.Client.Backends.Hub.Reading;

/// <summary>
/// Bytes [<paramref name="FirstByte"/>, <paramref name="LastByte"/>], both included, of a xorb: its chunks
/// [<paramref name="ChunkStart"/>, <paramref name="ChunkEnd"/>). The URL gives these very bytes and no others.
/// </summary>
internal readonly record struct FetchRange(Uri Url, uint ChunkStart, uint ChunkEnd, ulong FirstByte, ulong LastByte)
{
    /// <summary>Length in bytes.</summary>
    public int Bytes => (int)(LastByte - FirstByte + 1);

    /// <summary>Whether no xorb can be like that.</summary>
    public bool IsImpossible
    {
        get
        {
            var count = ChunkEnd - (long)ChunkStart;
            var bytes = (UInt128)LastByte + 1 - FirstByte;
            return count <= 0 || ChunkEnd > XorbLimits.ChunksMax || LastByte < FirstByte
                || LastByte >= XorbLimits.RecordBytesMax || bytes <= (UInt128)(count * ChunkHeader.Bytes);
        }
    }
}

/// <summary>How to get a range of a file: its terms in order, and where their chunks can be fetched.</summary>
/// <param name="Skip">Bytes of the first term that lie before the range.</param>
/// <param name="Terms">Cut to the chunks that are needed.</param>
/// <param name="Fetches">For each term the range that has its chunks.</param>
internal sealed record ReadPlan(ulong Skip, ShardTerm[] Terms, FetchRange[] Fetches)
{
    /// <summary>Length of all terms.</summary>
    public ulong Length => Terms.Aggregate(0UL, (sum, term) => sum + term.Length);

    /// <summary>
    /// Reads an answer of the second or of the first version of the protocol. Throws <see cref="JsonException"/> if it
    /// cannot be a plan. <paramref name="cas"/> is what relative URLs are relative to.
    /// </summary>
    public static ReadPlan Parse(Answer answer, Uri cas)
    {
        var skip = answer.Number("offset_into_first_range");
        var fetches = answer.Find("xorbs") is { } xorbs ? Second(xorbs, cas) : First(answer.Member("fetch_info"), cas);
        var terms = answer.Member("terms").Items().Select(Term).ToArray();
        if (skip < 0 || (terms.Length > 0 && (ulong)skip >= terms[0].Length))
        {
            throw new JsonException("the range does not begin in the first term");
        }

        return new ReadPlan((ulong)skip, terms, Array.ConvertAll(terms, term => FetchOf(term, fetches)));
    }

    private static ShardTerm Term(Answer answer)
    {
        var range = answer.Member("range");
        var term = new ShardTerm(
            answer.Hash("hash"), answer.Small("unpacked_length"), range.Small("start"), range.Small("end"));
        var count = term.ChunkEnd - (long)term.ChunkStart;
        return term.ChunkEnd <= XorbLimits.ChunksMax && count > 0 && term.Length >= count
            && term.Length <= count * XorbLimits.ChunkBytesMax
            ? term
            : throw new JsonException("an impossible term");
    }

    private static FetchRange FetchOf(ShardTerm term, Dictionary<MerkleHash, List<FetchRange>> fetches)
    {
        var ranges = fetches.GetValueOrDefault(term.Xorb) ?? [];
        var index = ranges.FindIndex(range => range.ChunkStart <= term.ChunkStart && range.ChunkEnd >= term.ChunkEnd);
        return index >= 0 ? ranges[index] : throw new JsonException("a term that can be fetched nowhere");
    }

    private static Dictionary<MerkleHash, List<FetchRange>> Second(Answer xorbs, Uri cas) => Collect(
        xorbs,
        entry => entry.Member("ranges").Items().Select(range => Range(
            UrlOf(entry, cas), range.Member("chunks"), range.Member("bytes"))));

    private static Dictionary<MerkleHash, List<FetchRange>> First(Answer xorbs, Uri cas) => Collect(
        xorbs, entry => [Range(UrlOf(entry, cas), entry.Member("range"), entry.Member("url_range"))]);

    private static Dictionary<MerkleHash, List<FetchRange>> Collect(
        Answer xorbs, Func<Answer, IEnumerable<FetchRange>> ranges)
    {
        var fetches = new Dictionary<MerkleHash, List<FetchRange>>();
        foreach (var (name, entries) in xorbs.Members())
        {
            if (!MerkleHash.TryParse(name, out var xorb))
            {
                throw new JsonException("a xorb without a hash");
            }

            fetches[xorb] = [.. entries.Items().SelectMany(ranges)];
        }

        return fetches;
    }

    private static Uri UrlOf(Answer entry, Uri cas) => Origin.Follow(cas, entry.Text("url"));

    private static FetchRange Range(Uri url, Answer chunks, Answer bytes)
    {
        var range = new FetchRange(
            url, chunks.Small("start"), chunks.Small("end"), bytes.Small("start"), bytes.Small("end"));
        return range.IsImpossible ? throw new JsonException("an impossible range") : range;
    }
}
