using Cas.Client;
using Cas.Client.Shards;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using XetHub.Content;
using XetHub.Http;

namespace XetHub.Cas;

/// <summary>Whether anybody has stored a chunk: the answer is a shard with the xorb that has it.</summary>
internal static class ChunkEndpoints
{
    private const ulong KeySeconds = 7 * 24 * 3600;

    public static void Map(IEndpointRouteBuilder routes, HubParts hub)
    {
        foreach (var prefix in (ReadOnlySpan<string>)["default", "default-merkledb"])
        {
            routes.Serve(
                "GET", $"/v1/chunks/{prefix}/{{hash}}", RequestKind.Chunk, Access.CasRead,
                context => ShowAsync(context, hub));
        }
    }

    private static async Task ShowAsync(HttpContext context, HubParts hub)
    {
        var xorb = hub.Content.FindXorbWith(context.Hash()) ?? throw RefusedException.NoContent("no xorb has it");
        var shard = new ShardBuilder();
        shard.TryAdd(ContentFiles.Listed(xorb));
        using var body = new MemoryStream();
        var now = (ulong)hub.Options.Time.GetUtcNow().ToUnixTimeSeconds();
        shard.WriteTo(body, hub.DedupKey == MerkleHash.Zero
            ? ShardForm.XorbsOnly(now)
            : ShardForm.Keyed(hub.DedupKey, now, now + KeySeconds));
        context.Response.ContentType = "application/octet-stream";
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body.GetBuffer().AsMemory(0, (int)body.Length), context.RequestAborted);
    }
}
