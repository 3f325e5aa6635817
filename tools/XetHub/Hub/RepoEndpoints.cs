using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using XetHub.Catalog;
using XetHub.Http;

namespace XetHub.Hub;

/// <summary>Buckets and repositories as wholes: make, ask, rename, delete.</summary>
internal static class RepoEndpoints
{
    private const int CommitIdBytes = 20;

    public static void Map(IEndpointRouteBuilder routes, HubParts hub)
    {
        const string bucket = "/api/buckets/" + HubRequest.Name;
        routes.Serve(
            "POST", bucket, RequestKind.Manage, Access.Hub, context => CreateBucketAsync(context, hub));
        routes.Serve(
            "DELETE", bucket, RequestKind.Manage, Access.Hub,
            context => DeleteAsync(context, hub, context.RepoId(RepoId.Buckets)));
        routes.Serve(
            "GET", bucket, RequestKind.Info, Access.Hub,
            context => context.JsonAsync(BucketOf(context.Repo(hub, RepoId.Buckets))));
        routes.Serve(
            "GET", "/api/buckets/{ns}", RequestKind.Info, Access.Hub, context => ListBucketsAsync(context, hub));
        routes.Serve("POST", "/api/repos/create", RequestKind.Manage, Access.Hub, context => CreateAsync(context, hub));
        routes.Serve(
            "DELETE", "/api/repos/delete", RequestKind.Manage, Access.Hub, context => DeleteNamedAsync(context, hub));
        routes.Serve("POST", "/api/repos/move", RequestKind.Manage, Access.Hub, context => MoveAsync(context, hub));
        foreach (var type in RepoId.Repositories)
        {
            routes.Serve(
                "GET", $"/api/{type}/{HubRequest.Name}", RequestKind.Info, Access.Hub,
                context => context.JsonAsync(RepositoryOf(context.Repo(hub, type))));
            routes.Serve(
                "GET", $"/api/{type}/{HubRequest.Name}/revision/{{rev}}", RequestKind.Info, Access.Hub, context =>
                {
                    var repo = context.Repo(hub, type);
                    return context.JsonAsync(RepositoryOf(repo, context.Revision(repo)));
                });
        }
    }

    /// <summary>A new name of a commit.</summary>
    public static string NewCommitId() => RandomNumberGenerator.GetHexString(2 * CommitIdBytes, lowercase: true);

    private static object BucketOf(Repo bucket) => new
    {
        Id = bucket.Id.Name,
        Private = bucket.IsPrivate,
        bucket.CreatedAt,
        bucket.UpdatedAt,
        Size = bucket.Files.Aggregate(0UL, (sum, file) => sum + file.Size),
        TotalFiles = bucket.Files.Count,
    };

    private static object RepositoryOf(Repo repo) => RepositoryOf(repo, repo.Revisions[repo.Head]);

    private static object RepositoryOf(Repo repo, Revision revision) => new
    {
        Id = repo.Id.Name,
        Private = repo.IsPrivate,
        Sha = revision.Id,
        LastModified = revision.Date,
        repo.CreatedAt,
        Siblings = revision.Files.Select(file => new { Rfilename = file.Path }),
    };

    private static Task ListBucketsAsync(HttpContext context, HubParts hub)
    {
        var prefix = context.Route("ns") + "/";
        return context.JsonAsync(hub.Catalog.State.Repos.Values
            .Where(repo => repo.Id.Type == RepoId.Buckets && repo.Id.Name.StartsWith(prefix, StringComparison.Ordinal))
            .OrderBy(repo => repo.Id.Name, StringComparer.Ordinal)
            .Select(BucketOf));
    }

    private static async Task CreateBucketAsync(HttpContext context, HubParts hub)
    {
        var wish = await NdJson.ReadOneAsync<RepoWish>(context);
        await CreateAsync(context, hub, context.RepoId(RepoId.Buckets), wish.IsPrivate);
    }

    private static async Task CreateAsync(HttpContext context, HubParts hub)
    {
        var wish = await NdJson.ReadOneAsync<RepoWish>(context);
        await CreateAsync(context, hub, wish.Id, wish.IsPrivate);
    }

    private static Task CreateAsync(HttpContext context, HubParts hub, RepoId id, bool isPrivate)
    {
        hub.Catalog.Change(state => state.Find(id) is null
            ? new RepoCreated(
                id, isPrivate, hub.Catalog.TimeAfter(default), id.Type == RepoId.Buckets ? null : NewCommitId())
            : throw new RefusedException(StatusCodes.Status409Conflict, null, $"{id.Name} exists already"));
        return context.JsonAsync(new { Url = $"{context.Origin()}/{id.Place}", Id = id.Name, id.Name });
    }

    private static async Task DeleteNamedAsync(HttpContext context, HubParts hub) =>
        await DeleteAsync(context, hub, (await NdJson.ReadOneAsync<RepoWish>(context)).Id);

    private static Task DeleteAsync(HttpContext context, HubParts hub, RepoId id)
    {
        hub.Catalog.Change(state => new RepoDeleted(state.Require(id).Id));
        return context.JsonAsync(new { Deleted = id.Name });
    }

    private static async Task MoveAsync(HttpContext context, HubParts hub)
    {
        var wish = await NdJson.ReadOneAsync<MoveWish>(context);
        hub.Catalog.Change(state =>
        {
            var (from, to) = (wish.IdOf(wish.FromRepo), wish.IdOf(wish.ToRepo));
            var repo = state.Require(from);
            return state.Find(to) is null
                ? new RepoMoved(from, to, hub.Catalog.TimeAfter(repo.UpdatedAt))
                : throw new RefusedException(StatusCodes.Status409Conflict, null, $"{to.Name} exists already");
        });
        await context.JsonAsync(new { Moved = wish.ToRepo });
    }

    /// <summary>What is to be made or deleted; a bucket's name is in the path.</summary>
    private sealed record RepoWish(
        string? Name, string? Organization, string? Type, string? Visibility, bool? Private)
    {
        public bool IsPrivate => Private ?? Visibility == "private";

        public RepoId Id => HubRequest.Named(TypeOf(Type ?? "model"), Organization ?? "user", Name ?? string.Empty);

        public static string TypeOf(string singular) =>
            RepoId.Repositories.Append(RepoId.Buckets).FirstOrDefault(type => type == singular + "s")
            ?? throw RefusedException.Bad($"\"{singular}\" is not a type of repository");
    }

    private sealed record MoveWish(string? FromRepo, string? ToRepo, string? Type)
    {
        public RepoId IdOf(string? name) => (name ?? string.Empty).Split('/') is [var space, var rest]
            ? HubRequest.Named(RepoWish.TypeOf(Type ?? "model"), space, rest)
            : throw RefusedException.Bad($"\"{name}\" is not a name");
    }
}
