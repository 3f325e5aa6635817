using System.Collections.Immutable;
using System.Globalization;
using Cas.Client;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;
using XetHub.Catalog;
using XetHub.Content;
using XetHub.Http;

namespace XetHub.Hub;

/// <summary>
/// A file by its path. Headers say how Xet content is fetched; who does not know Xet gets the bytes, with ranges and
/// conditions as everywhere on the web.
/// </summary>
internal static class ResolveEndpoints
{
    private const string FileInfoType = "application/vnd.xet-fileinfo+json";

    public static void Map(IEndpointRouteBuilder routes, HubParts hub)
    {
        ServeBoth(routes, $"/buckets/{HubRequest.Name}/resolve/{{**path}}", context =>
        {
            var bucket = context.Repo(hub, RepoId.Buckets);
            return ShowAsync(context, hub, Found(context, bucket.Files, 4), $"buckets/{bucket.Id.Name}/xet-read-token");
        });
        foreach (var type in RepoId.Repositories)
        {
            var place = new RepoId(type, HubRequest.Name).Place;
            var segments = place.Count(c => c == '/') + 3;
            ServeBoth(routes, $"/{place}/resolve/{{rev}}/{{**path}}", context =>
            {
                var repo = context.Repo(hub, type);
                var revision = context.Revision(repo);
                context.Response.Headers["X-Repo-Commit"] = revision.Id;
                var entry = Found(context, revision.Files, segments);
                return ShowAsync(context, hub, entry, $"{type}/{repo.Id.Name}/xet-read-token/{revision.Id}");
            });
        }
    }

    private static void ServeBoth(IEndpointRouteBuilder routes, string pattern, RequestDelegate handler)
    {
        routes.Serve("HEAD", pattern, RequestKind.Lookup, Access.Hub, handler);
        routes.Serve("GET", pattern, RequestKind.Resolve, Access.Hub, handler);
    }

    private static FileEntry Found(
        HttpContext context, ImmutableSortedSet<FileEntry> files, int segments)
    {
        var path = RawPath.After(context, segments);
        return Repo.Find(files, path) ?? throw RefusedException.NoEntry(path);
    }

    private static async Task ShowAsync(HttpContext context, HubParts hub, FileEntry entry, string tokenPlace)
    {
        var tag = $"\"{entry.XetHash ?? entry.Oid}\"";
        if (entry.XetHash is not null)
        {
            SetXetHeaders(context, entry, tag, tokenPlace);
            if (HttpMethods.IsGet(context.Request.Method)
                && context.Request.Headers.Accept.ToString().Contains(FileInfoType, StringComparison.Ordinal))
            {
                context.Response.Headers.ETag = tag;
                context.Response.ContentType = FileInfoType;
                await context.JsonAsync(new { Hash = entry.XetHash, entry.Size });
                return;
            }
        }

        await using var bytes = Open(hub, entry);
        await Results.Stream(
            bytes, "application/octet-stream", null, entry.UploadedAt, new EntityTagHeaderValue(tag),
            enableRangeProcessing: true).ExecuteAsync(context);
    }

    private static void SetXetHeaders(HttpContext context, FileEntry entry, string tag, string tokenPlace)
    {
        var headers = context.Response.Headers;
        headers["X-Xet-Hash"] = entry.XetHash;
        headers["X-Linked-Size"] = entry.Size.ToString(CultureInfo.InvariantCulture);
        headers["X-Linked-ETag"] = tag;
        headers.LastModified = HeaderUtilities.FormatDate(entry.UploadedAt);
        headers.Link = $"<{context.Origin()}/api/{tokenPlace}>; rel=\"xet-auth\", "
            + $"<{context.Origin()}/v1/reconstructions/{entry.XetHash}>; rel=\"xet-reconstruction-info\"";
    }

    private static Stream Open(HubParts hub, FileEntry entry)
    {
        if (entry.XetHash is null)
        {
            return hub.Blobs.Open(entry.Oid!);
        }

        return entry.Size == 0 || !MerkleHash.TryParse(entry.XetHash, out var hash)
            ? new MemoryStream([])
            : hub.Content.FindFile(hash) is { } recipe
                ? new ContentStream(hub.Content.Reader, recipe)
                : throw new CasException(CasError.Corrupt, $"the store has lost the file {hash}");
    }
}
