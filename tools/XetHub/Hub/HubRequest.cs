using Microsoft.AspNetCore.Http;
using XetHub.Catalog;
using XetHub.Faults;
using XetHub.Http;

namespace XetHub.Hub;

/// <summary>What requests of the hub half have in common.</summary>
internal static class HubRequest
{
    /// <summary>Where routes of a bucket or repository have its name.</summary>
    public const string Name = "{ns}/{name}";

    /// <summary>Who "me" is.</summary>
    private const string Me = "me";
    private const string MyNamespace = "user";

    public static RepoId RepoId(this HttpContext context, string type)
    {
        var space = context.Route("ns");
        return Named(type, space == Me ? MyNamespace : space, context.Route("name"));
    }

    /// <summary>Refuses what cannot be a name.</summary>
    public static RepoId Named(string type, string space, string name)
    {
        static bool IsGood(string part) =>
            part.Length is > 0 and <= 96 && part.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')
            && part is not ("." or "..");

        return IsGood(space) && IsGood(name)
            ? new RepoId(type, $"{space}/{name}")
            : throw RefusedException.Bad($"\"{space}/{name}\" is not a name");
    }

    public static Repo Require(this CatalogState state, RepoId id) =>
        state.Find(id) ?? throw RefusedException.NoRepo(id.Name);

    /// <summary>The repository that a request is about, as it may see it.</summary>
    public static Repo Repo(this HttpContext context, HubParts hub, string type) =>
        hub.TreesFor(context).Require(context.RepoId(type));

    /// <summary>The files of a bucket, or those of the revision that a request names.</summary>
    public static Revision Revision(this HttpContext context, Repo repo) =>
        repo.RevisionOf(context.Route("rev")) ?? throw RefusedException.NoRevision(context.Route("rev"));

    /// <summary>Refuses a path that cannot be stored.</summary>
    public static string GoodPath(string? path) => path is not null && FilePath.IsGood(path)
        ? path
        : throw RefusedException.Bad($"\"{path}\" is not a path");
}
