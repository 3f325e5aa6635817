using Cas.Client;
using Cas.Client.Shards;
using Cas.Client.Xorbs;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using XetHub.Catalog;
using XetHub.Content;
using XetHub.Http;

namespace XetHub.Cas;

/// <summary>Uploads: xorbs, then the shard that says how files are made of them. No Content-Type is needed.</summary>
internal static class UploadEndpoints
{
    public static void Map(IEndpointRouteBuilder routes, HubParts hub)
    {
        var xorbs = new XorbIntake(hub.Content);
        var shards = new ShardIntake(hub.Content);
        routes.Serve(
            "POST", "/v1/xorbs/default/{hash}", RequestKind.Xorb, Access.CasWrite,
            context => TakeXorbAsync(context, xorbs), XorbIntake.BodyBytesMax);
        routes.Serve(
            "HEAD", "/v1/xorbs/default/{hash}", RequestKind.Xorb, Access.CasRead,
            context => ShowXorbAsync(context, hub));
        routes.Serve(
            "POST", "/v1/shards", RequestKind.Shard, Access.CasWrite,
            context => TakeShardAsync(context, hub, shards), ShardFormat.BytesMax);
    }

    private static async Task TakeXorbAsync(HttpContext context, XorbIntake xorbs)
    {
        try
        {
            var isNew = await xorbs.AddAsync(context.Hash(), context.Request.Body, context.RequestAborted);
            await context.JsonAsync(new { WasInserted = isNew }, Answers.Cas);
        }
        catch (XorbDamageException e)
        {
            throw RefusedException.Bad(e.Message);
        }
    }

    private static Task ShowXorbAsync(HttpContext context, HubParts hub)
    {
        var index = hub.Content.FindXorb(context.Hash()) ?? throw RefusedException.NoContent("the xorb is not there");
        context.Response.ContentLength = index.Layout.RecordBytes;
        return Task.CompletedTask;
    }

    private static async Task TakeShardAsync(HttpContext context, HubParts hub, ShardIntake shards)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        try
        {
            var bytes = body.GetBuffer().AsMemory(0, (int)body.Length);
            var receipt = await Task.Run(() => shards.Add(bytes));
            AddObjects(hub, receipt);
            await context.JsonAsync(new { Result = receipt.IsNew ? 1 : 0 }, Answers.Cas);
        }
        catch (Exception e) when (e is ShardDamageException or CasException { Error: CasError.Corrupt })
        {
            throw RefusedException.Bad(e.Message);
        }
    }

    /// <summary>Files of repositories are referred to by their SHA-256.</summary>
    private static void AddObjects(HubParts hub, ShardReceipt receipt)
    {
        var objects = new Dictionary<string, LargeObject>();
        foreach (var file in receipt.Files)
        {
            if (file.Sha256 is { } sha256)
            {
                objects[sha256.ToString()] = new LargeObject(file.Hash.ToString(), file.Length);
            }
        }

        hub.Catalog.Change(_ => objects.Count == 0 ? null : new ObjectsAdded(objects));
    }
}
