using System.Buffers.Text;
using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using XetHub.Catalog;
using XetHub.Http;

namespace XetHub.Hub;

/// <summary>
/// What there is: pages of listings, and some paths. A bucket is listed by a prefix of the text of its paths, and all
/// levels of it unless one is asked for; a repository by a directory, and one level.
/// </summary>
internal static class TreeEndpoints
{
    /// <summary>Paths in one question.</summary>
    private const int PathsMax = 1000;

    // Of "/api/buckets/ns/name/tree/..." and "/api/models/ns/name/tree/rev/...".
    private const int SegmentsOfBucket = 5;
    private const int SegmentsOfRepository = 6;

    public static void Map(IEndpointRouteBuilder routes, HubParts hub)
    {
        const string buckets = $"/api/buckets/{HubRequest.Name}";
        routes.Serve(
            "GET", $"{buckets}/tree/{{**path}}", RequestKind.List, Access.Hub, context =>
            {
                var prefix = RawPath.After(context, SegmentsOfBucket);
                var bucket = context.Repo(hub, RepoId.Buckets);
                return ListAsync(context, hub, bucket.Files, prefix, isRecursive: true, BucketItem);
            });
        routes.Serve(
            "POST", $"{buckets}/paths-info", RequestKind.Lookup, Access.Hub,
            context => LookUpAsync(context, context.Repo(hub, RepoId.Buckets).Files, BucketItem));
        foreach (var type in RepoId.Repositories)
        {
            var repository = $"/api/{type}/{HubRequest.Name}";
            routes.Serve(
                "GET", $"{repository}/tree/{{rev}}/{{**path}}", RequestKind.List, Access.Hub,
                context => ListRepositoryAsync(context, hub, type));
            routes.Serve(
                "POST", $"{repository}/paths-info/{{rev}}", RequestKind.Lookup, Access.Hub, context =>
                {
                    var revision = context.Revision(context.Repo(hub, type));
                    return LookUpAsync(context, revision.Files, (item, isExpanded) =>
                        RepositoryItem(item, isExpanded ? revision : null));
                });
        }
    }

    private static Task ListRepositoryAsync(HttpContext context, HubParts hub, string type)
    {
        var revision = context.Revision(context.Repo(hub, type));
        var directory = RawPath.After(context, SegmentsOfRepository);
        var prefix = directory.Length == 0 ? string.Empty : directory + "/";
        return prefix.Length == 0 || TreePage.Of(revision.Files, prefix, isRecursive: true, null, 1).Items.Count > 0
            ? ListAsync(context, hub, revision.Files, prefix, isRecursive: false, (item, isExpanded) =>
                RepositoryItem(item, isExpanded ? revision : null))
            : throw RefusedException.NoEntry(directory);
    }

    private static Task ListAsync(
        HttpContext context,
        HubParts hub,
        ImmutableSortedSet<FileEntry> files,
        string prefix,
        bool isRecursive,
        Func<TreeItem, bool, object> show)
    {
        var query = context.Request.Query;
        isRecursive = query["recursive"].ToString() switch { "" => isRecursive, var text => IsTrue(text) };
        var page = TreePage.Of(files, prefix, isRecursive, CursorOf(query), LimitOf(query, hub.Options.PageSize));
        if (page.Next is not null)
        {
            var cursor = Base64Url.EncodeToString(Encoding.UTF8.GetBytes(page.Next));
            var others = query.Where(pair => pair.Key != "cursor")
                .Select(pair => $"{Uri.EscapeDataString(pair.Key)}={Uri.EscapeDataString(pair.Value.ToString())}&");
            context.Response.Headers.Link =
                $"<{context.Origin()}{PathOf(context)}?{string.Concat(others)}cursor={cursor}>; rel=\"next\"";
        }

        var isExpanded = IsTrue(query["expand"].ToString());
        return context.JsonAsync(page.Items.Select(item => show(item, isExpanded)));
    }

    private static async Task LookUpAsync(
        HttpContext context, ImmutableSortedSet<FileEntry> files, Func<TreeItem, bool, object> show)
    {
        var asked = await NdJson.ReadOneAsync<PathsQuestion>(context);
        if (asked.Paths is not { Length: <= PathsMax } paths)
        {
            throw RefusedException.Bad($"it takes a list of at most {PathsMax} paths");
        }

        var found = paths.Where(path => path is not null).Select(path => Repo.Find(files, path)).OfType<FileEntry>();
        await context.JsonAsync(
            found.Select(entry => show(new TreeItem(entry.Path, entry, entry.UploadedAt), asked.Expand ?? false)));
    }

    private static object BucketItem(TreeItem item, bool isExpanded) => item.File is { } file
        ? new { Type = "file", file.Path, file.Size, file.XetHash, file.Mtime, file.UploadedAt }
        : new { Type = "directory", item.Path, item.UploadedAt };

    private static object RepositoryItem(TreeItem item, Revision? expanded)
    {
        var commit = expanded is null ? null : new { expanded.Id, expanded.Title, expanded.Date };
        return item.File is { } file
            ? new
            {
                Type = "file",
                file.Path,
                file.Size,
                file.Oid,
                file.XetHash,
                Lfs = file.Sha256 is null ? null : new
                {
                    Oid = file.Sha256,
                    file.Size,
                    PointerSize = GitObject.PointerOf(file.Sha256, file.Size).Length,
                },
                LastCommit = commit,
            }
            : new { Type = "directory", item.Path, Size = 0, LastCommit = commit };
    }

    /// <summary>As it was sent, so that a client gets the same directory again.</summary>
    private static string PathOf(HttpContext context) =>
        context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget.Split('?')[0];

    private static string? CursorOf(IQueryCollection query) => query["cursor"].ToString() is { Length: > 0 } text
        ? Base64Url.IsValid(text)
            ? Encoding.UTF8.GetString(Base64Url.DecodeFromChars(text))
            : throw RefusedException.Bad("the cursor is not one of ours")
        : null;

    private static int LimitOf(IQueryCollection query, int limitMax) =>
        int.TryParse(query["limit"].ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var limit)
            ? Math.Clamp(limit, 1, limitMax)
            : limitMax;

    private static bool IsTrue(string text) => text is "true" or "True" or "1";

    private sealed record PathsQuestion(string[]? Paths, bool? Expand);
}
