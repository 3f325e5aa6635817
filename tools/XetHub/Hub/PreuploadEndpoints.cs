using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using XetHub.Catalog;
using XetHub.Http;

namespace XetHub.Hub;

/// <summary>
/// What a client asks before it commits to a repository: which files go into the commit, and where the others go.
/// </summary>
internal static class PreuploadEndpoints
{
    private const string LfsType = "application/vnd.git-lfs+json";

    /// <summary>Larger files never travel in a commit.</summary>
    private const ulong RegularBytesMax = 10 << 20;

    /// <summary>Files in one question.</summary>
    private const int FilesMax = 1000;

    private static readonly string[] s_regular =
        [".gitattributes", ".gitignore", ".md", ".txt", ".json", ".yaml", ".yml", ".toml", ".py", ".csv"];

    public static void Map(IEndpointRouteBuilder routes, HubParts hub)
    {
        foreach (var type in RepoId.Repositories)
        {
            routes.Serve(
                "POST", $"/api/{type}/{HubRequest.Name}/preupload/{{rev}}", RequestKind.Manage, Access.Hub,
                context => ChooseAsync(context, hub, type), NdJson.BodyBytesMax);
            routes.Serve(
                "POST", $"/{new RepoId(type, "{ns}/{name}.git").Place}/info/lfs/objects/batch",
                RequestKind.Manage, Access.Hub, context => ShowWaysAsync(context, hub, type));
        }
    }

    private static async Task ChooseAsync(HttpContext context, HubParts hub, string type)
    {
        context.Revision(context.Repo(hub, type));
        var asked = await NdJson.ReadOneAsync<FilesQuestion>(context);
        await context.JsonAsync(new
        {
            Files = Bounded(asked.Files).Select(file => new
            {
                file.Path,
                UploadMode = IsRegular(file) ? "regular" : "lfs",
                ShouldIgnore = false,
            }),
        });
    }

    private static bool IsRegular(FileQuestion file) => file.Size <= RegularBytesMax
        && s_regular.Any(end => file.Path?.EndsWith(end, StringComparison.OrdinalIgnoreCase) ?? false);

    private static async Task ShowWaysAsync(HttpContext context, HubParts hub, string type)
    {
        var repo = context.Repo(hub, type);
        var asked = await NdJson.ReadOneAsync<ObjectsQuestion>(context);
        var (token, expiry) = TokenEndpoints.Issue(hub, repo.Id, canWrite: true);
        var upload = new
        {
            Href = $"{context.Origin()}/api/{repo.Id}/xet-write-token/{Repo.MainBranch}",
            Header = new Dictionary<string, string>
            {
                ["X-Xet-Session-Id"] = Guid.NewGuid().ToString(),
                ["X-Xet-Cas-Url"] = context.Origin(),
                ["X-Xet-Access-Token"] = token,
                ["X-Xet-Token-Expiration"] = expiry.ToString(CultureInfo.InvariantCulture),
            },
        };
        context.Response.ContentType = LfsType;
        await context.JsonAsync(new
        {
            Transfer = "xet",
            Objects = Bounded(asked.Objects).Select(wanted => new
            {
                wanted.Oid,
                wanted.Size,
                Actions = hub.Catalog.State.Objects.ContainsKey(wanted.Oid ?? string.Empty) ? null
                    : new { Upload = upload },
            }),
        });
    }

    private static T[] Bounded<T>(T[]? list) => list is { Length: <= FilesMax }
        ? list
        : throw RefusedException.Bad($"it takes a list of at most {FilesMax} files");

    private sealed record FileQuestion(string? Path, ulong Size);

    private sealed record FilesQuestion(FileQuestion[]? Files);

    private sealed record ObjectQuestion(string? Oid, ulong Size);

    private sealed record ObjectsQuestion(ObjectQuestion[]? Objects);
}
