using Cas.Client.Chunking;
using Cas.Client.Composition;
using Cas.Client.Hashing;
using Cas.Client.Reconstruction;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using XetHub.Http;

namespace XetHub.Cas;

/// <summary>
/// What a client needs that changes ranges of a file and does not know its chunks: <c>/v2/file-chunk-hashes</c>.
/// </summary>
internal static class ChangedRangeEndpoints
{
    public static void Map(IEndpointRouteBuilder routes, HubParts hub) => routes.Serve(
        "GET", "/v2/file-chunk-hashes/{hash}", RequestKind.Reconstruct, Access.CasRead,
        context => context.JsonAsync(Answer(
            ChunkMap.Of(hub.Content.RequireFile(context.Hash()).ToShardFile(), hub.Content.Xorbs.IndexOf),
            RangesOf(context))));

    /// <summary>The answer for a file whose sorted, separate <paramref name="dirty"/> ranges change.</summary>
    internal static object Answer(ChunkMap file, IReadOnlyList<(ulong Start, ulong End)> dirty)
    {
        var count = (int)file.Chunks.Count;
        var chunks = file.Chunks.Chunks(0, count).ToArray();
        var boundaries = new ulong[count + 1];
        for (var i = 0; i < count; i++)
        {
            boundaries[i + 1] = boundaries[i] + chunks[i].Length;
        }

        var windows = DirtyWindows.Of(boundaries, dirty);
        if (windows.Count == 0)
        {
            throw RefusedException.Bad("no range lies in the file");
        }

        var starts = windows.Select(window => window.Start).Append(count);
        var ends = windows.Select(window => window.End).Prepend(0);
        return new
        {
            TotalChunks = count,
            FileSize = boundaries[count],
            Windows = windows.Select(window => new
            {
                DirtyByteRange = new[] { boundaries[window.Start], boundaries[window.End] },
            }),
            HashRanges = ends.Zip(starts, (start, end) => Subtree(chunks, start, end)),
            GapVerification = Untouched(file, windows).Select(term => file.RangeHashes[term].ToString()),
        };
    }

    private static List<(ulong Start, ulong End)> RangesOf(HttpContext context)
    {
        var asked = ByteRanges.TryRead(context.Request.Headers["X-Range-Dirty"].ToString())
            ?? throw RefusedException.Bad("X-Range-Dirty is not a list of ranges");
        var merged = new List<(ulong Start, ulong End)>();
        foreach (var range in asked.OrderBy(range => range.Start))
        {
            if (merged.Count > 0 && range.Start <= merged[^1].End)
            {
                merged[^1] = (merged[^1].Start, Math.Max(merged[^1].End, range.End));
            }
            else
            {
                merged.Add((range.Start, range.End));
            }
        }

        return merged;
    }

    /// <summary>Null for no chunks. Names inside are those of the content half.</summary>
    private static object? Subtree(MerkleNode[] chunks, int start, int end)
    {
        if (start == end)
        {
            return null;
        }

        var tree = MerkleSubtree.Of(chunks.AsSpan(start, end - start), start == 0, end == chunks.Length);
        return new Dictionary<string, object>
        {
            ["nodes"] = tree.Nodes.Select(node => new { Hash = node.Hash.ToString(), Size = node.Length }),
            ["levels"] = tree.Levels.Select(level => new[] { level.Left, level.Right }),
            ["at_start"] = tree.IsAtStart,
            ["at_end"] = tree.IsAtEnd,
        };
    }

    /// <summary>The terms that no window touches.</summary>
    private static IEnumerable<int> Untouched(ChunkMap file, List<(int Start, int End)> windows) =>
        Enumerable.Range(0, file.Terms.Length).Where(term => windows.TrueForAll(
            window => file.FirstChunkOf(term) >= window.End || file.FirstChunkOf(term + 1) <= window.Start));
}
