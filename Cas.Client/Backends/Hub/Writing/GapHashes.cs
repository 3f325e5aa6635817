using System.Text.Json;
using Cas.Client.Backends.Hub.Http;
using Cas.Client.Composition;
using Cas.Client.Hashing;

namespace Cas.Client.Backends.Hub.Writing;

/// <summary>
/// Asks the CAS what an edit needs to know of the rest of a file: the hash of what lies around the edits, and the range
/// hashes of its terms.
/// </summary>
internal sealed class GapHashes(HubHttp http, CasTokens tokens)
{
    private const int AnswerBytesMax = 16 << 20;

    /// <summary>Ranges in one question: servers take a few thousand bytes of headers.</summary>
    private const int RangesMax = 128;

    /// <summary>
    /// What is around <paramref name="edges"/>; null if the CAS does not tell. Throws <see cref="CasException"/>.
    /// </summary>
    public async Task<ContentGaps?> FindAsync(
        ContentId content, IReadOnlyList<(ulong Start, ulong End)> edges, CancellationToken cancellationToken)
    {
        var cas = (await tokens.GetTokenAsync(cancellationToken)).Url;
        var each = ((edges.Count - 1) / RangesMax) + 1;
        var ranges = edges.Chunk(each).Select(some => $"{some[0].Start}-{some[^1].End - 1}");
        var call = new HubCall(
            HttpMethod.Get, new Uri(cas, $"v2/file-chunk-hashes/{content.Hash}"), CallLimits.Question)
        {
            Token = tokens, Header = ("X-Range-Dirty", "bytes=" + string.Join(',', ranges)),
        };
        try
        {
            return await http.SendAsync(
                call,
                async response =>
                {
                    using var json = await response.ReadJsonAsync(AnswerBytesMax);
                    var gaps = Read(new Answer(json.RootElement));
                    return gaps.Check(content.Size, edges) is { } problem ? throw new JsonException(problem) : gaps;
                },
                cancellationToken);
        }
        catch (HubFailure e) when (e.Error is CasError.NotFound or CasError.Invalid)
        {
            // It need not have this call.
            return null;
        }
    }

    private static ContentGaps Read(Answer answer) => new(
        [.. answer.Member("windows").Items().Select(WindowOf)],
        [.. answer.Member("hashRanges").Items().Select(gap => gap.IsNull ? null : SubtreeOf(gap))],
        [.. answer.Member("gapVerification").Items().Select(hash => hash.Hash())]);

    private static (ulong Start, ulong End) WindowOf(Answer window) =>
        window.Member("dirtyByteRange").Items().Select(item => item.Size()).ToArray() is [var start, var end]
            ? (start, end)
            : throw new JsonException("a window without two ends");

    private static MerkleSubtree SubtreeOf(Answer gap) => MerkleSubtree.TryCreate(
        [.. gap.Member("nodes").Items().Select(node => new MerkleNode(node.Hash("hash"), node.Member("size").Size()))],
        [.. gap.Member("levels").Items().Select(LevelOf)],
        gap.Member("at_start").IsTrue(),
        gap.Member("at_end").IsTrue()) ?? throw new JsonException("a run of chunks that cannot be");

    private static (int Left, int Right) LevelOf(Answer level) =>
        level.Items().Select(item => item.Size()).ToArray() is [<= int.MaxValue and var left, <= int.MaxValue and var right]
            ? ((int)left, (int)right)
            : throw new JsonException("a level without two counts");
}
