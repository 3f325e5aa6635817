using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using XetHub.Catalog;
using XetHub.Http;

namespace XetHub.Hub;

/// <summary>Commits of a repository: all lines of one are made, or none.</summary>
internal static class CommitEndpoints
{
    public static void Map(IEndpointRouteBuilder routes, HubParts hub)
    {
        foreach (var type in RepoId.Repositories)
        {
            routes.Serve(
                "POST", $"/api/{type}/{HubRequest.Name}/commit/{{rev}}", RequestKind.Commit, Access.Hub,
                context => CommitAsync(context, hub, context.RepoId(type)), NdJson.BodyBytesMax);
        }
    }

    private static async Task CommitAsync(HttpContext context, HubParts hub, RepoId id)
    {
        var lines = await NdJson.ReadAsync<CommitLine>(context);
        if (context.Route("rev") != Repo.MainBranch)
        {
            throw RefusedException.NoRevision(context.Route("rev"));
        }

        var commit = RepoEndpoints.NewCommitId();
        await Task.Run(() => hub.Catalog.Change(state => Decide(hub, state, state.Require(id), lines, commit)));
        await context.JsonAsync(new
        {
            Success = true,
            CommitOid = commit,
            CommitUrl = $"{context.Origin()}/{id.Place}/commit/{commit}",
            HookOutput = string.Empty,
        });
    }

    private static TreeChanged Decide(
        HubParts hub, CatalogState state, Repo repo, List<CommitLine> lines, string commit)
    {
        var at = hub.Catalog.TimeAfter(repo.UpdatedAt);
        var title = string.Empty;
        var changes = new Dictionary<string, FileEntry?>();
        foreach (var (key, value) in lines)
        {
            switch (key)
            {
                case "header":
                    title = Text(value, "summary") ?? title;
                    RequireParent(repo, Text(value, "parentCommit"));
                    break;
                case "file":
                    Put(changes, Inline(hub, value, at));
                    break;
                case "lfsFile":
                    Put(changes, Large(state, value, at));
                    break;
                case "deletedFile":
                    changes[HubRequest.GoodPath(Text(value, "path"))] = null;
                    break;
                default:
                    throw RefusedException.Bad($"\"{key}\" is not known");
            }
        }

        return new TreeChanged(
            repo.Id, at, [.. changes.Values.OfType<FileEntry>()],
            [.. changes.Where(change => change.Value is null).Select(change => change.Key)], commit, title);
    }

    private static void RequireParent(Repo repo, string? parent)
    {
        if (parent is not null && parent != repo.Head)
        {
            throw new RefusedException(
                StatusCodes.Status412PreconditionFailed, null,
                "A commit has happened since. Please refresh and try again.");
        }
    }

    private static FileEntry Inline(HubParts hub, JsonElement value, DateTimeOffset at)
    {
        var path = HubRequest.GoodPath(Text(value, "path"));
        var text = Text(value, "content") ?? string.Empty;
        byte[] bytes;
        try
        {
            bytes = Text(value, "encoding") == "base64" ? Convert.FromBase64String(text)
                : Encoding.UTF8.GetBytes(text);
        }
        catch (FormatException e)
        {
            throw RefusedException.Bad(e.Message);
        }

        var oid = GitObject.BlobId(bytes);
        hub.Blobs.Add(oid, bytes);
        return new FileEntry(path, (ulong)bytes.Length, null, oid, null, null, at);
    }

    private static FileEntry Large(CatalogState state, JsonElement value, DateTimeOffset at)
    {
        var path = HubRequest.GoodPath(Text(value, "path"));
        var sha256 = Text(value, "oid") ?? string.Empty;
        var known = state.Objects.GetValueOrDefault(sha256)
            ?? throw RefusedException.Bad($"the content {sha256} was not uploaded");
        var oid = GitObject.BlobId(GitObject.PointerOf(sha256, known.Size));
        return new FileEntry(path, known.Size, known.XetHash, oid, sha256, null, at);
    }

    private static void Put(Dictionary<string, FileEntry?> changes, FileEntry entry) => changes[entry.Path] = entry;

    private static string? Text(JsonElement value, string name) =>
        value.ValueKind == JsonValueKind.Object && value.TryGetProperty(name, out var property)
            && property.ValueKind == JsonValueKind.String
            ? property.GetString()
            : null;

    private sealed record CommitLine(string? Key, JsonElement Value);
}
