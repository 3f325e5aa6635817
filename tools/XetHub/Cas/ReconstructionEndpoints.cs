using Cas.Client;
using Cas.Client.Reconstruction;
using Cas.Client.Shards;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using XetHub.Http;

namespace XetHub.Cas;

/// <summary>How files are made: <c>/v2/reconstructions</c>, and the older shape of the same.</summary>
internal static class ReconstructionEndpoints
{
    /// <summary>Ranges in one URL: it has to stay within what web servers and clients take as a line.</summary>
    private const int RangesPerUrl = 64;

    public static void Map(IEndpointRouteBuilder routes, HubParts hub)
    {
        routes.Serve(
            "GET", "/v2/reconstructions/{hash}", RequestKind.Reconstruct, Access.CasRead,
            context => context.JsonAsync(Newer(context, hub, Find(context, hub)), Answers.Cas));
        routes.Serve(
            "GET", "/v1/reconstructions/{hash}", RequestKind.Reconstruct, Access.CasRead,
            context => context.JsonAsync(Older(context, hub, Find(context, hub)), Answers.Cas));
        routes.Serve("HEAD", "/v1/files/{hash}", RequestKind.Reconstruct, Access.CasRead, context =>
        {
            context.Response.ContentLength = (long)LengthOf(hub, context.Hash());
            return Task.CompletedTask;
        });
    }

    private static ulong LengthOf(HubParts hub, MerkleHash file) =>
        file == MerkleHash.Zero ? 0 : hub.Content.RequireFile(file).Length;

    private static Reconstruction Find(HttpContext context, HubParts hub)
    {
        var file = context.Hash();
        var asked = RangeOf(context);
        if (file == MerkleHash.Zero)
        {
            return new Reconstruction(0, [], new Dictionary<MerkleHash, List<FetchRange>>());
        }

        var recipe = hub.Content.RequireFile(file);
        if (asked.Start >= recipe.Length)
        {
            throw new RefusedException(
                StatusCodes.Status416RangeNotSatisfiable, null, $"the file has {recipe.Length} bytes");
        }

        var range = asked with { End = Math.Min(asked.End, recipe.Length) };
        return Reconstruction.Of(recipe, range, hub.Content.Xorbs.IndexOf);
    }

    /// <summary>The bytes that are asked for; up to any end without a header.</summary>
    private static ByteRange RangeOf(HttpContext context)
    {
        var header = context.Request.Headers.Range.ToString();
        return header.Length == 0 ? new ByteRange(0, ulong.MaxValue)
            : ByteRanges.TryRead(header) is [var range] ? range
            : throw RefusedException.Bad("the range is not one range of bytes");
    }

    private static object Newer(HttpContext context, HubParts hub, Reconstruction found) => new
    {
        OffsetIntoFirstRange = found.Skip,
        Terms = found.Terms.Select(TermOf),
        Xorbs = found.Fetches.ToDictionary(
            xorb => xorb.Key.ToString(),
            xorb => xorb.Value.Chunk(RangesPerUrl).Select(ranges => new
            {
                Url = FetchEndpoints.UrlOf(context, hub, xorb.Key, [.. ranges.Select(range => range.Bytes)]),
                Ranges = ranges.Select(range => new { Chunks = ChunksOf(range), Bytes = BytesOf(range) }),
            })),
    };

    private static object Older(HttpContext context, HubParts hub, Reconstruction found) => new
    {
        OffsetIntoFirstRange = found.Skip,
        Terms = found.Terms.Select(TermOf),
        FetchInfo = found.Fetches.ToDictionary(
            xorb => xorb.Key.ToString(),
            xorb => xorb.Value.Select(range => new
            {
                Range = ChunksOf(range),
                Url = FetchEndpoints.UrlOf(context, hub, xorb.Key, [range.Bytes]),
                UrlRange = BytesOf(range),
            })),
    };

    private static object TermOf(ShardTerm term) => new
    {
        Hash = term.Xorb.ToString(),
        UnpackedLength = term.Length,
        Range = new { Start = term.ChunkStart, End = term.ChunkEnd },
    };

    private static object ChunksOf(FetchRange range) => new { Start = range.ChunkStart, End = range.ChunkEnd };

    /// <summary>The last byte included.</summary>
    private static object BytesOf(FetchRange range) => new { range.Bytes.Start, End = range.Bytes.End - 1 };
}
