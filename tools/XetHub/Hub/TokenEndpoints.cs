using Microsoft.AspNetCore.Routing;
using XetHub.Catalog;
using XetHub.Http;

namespace XetHub.Hub;

/// <summary>Tokens for the content half, each for one bucket or repository, to read or to write.</summary>
internal static class TokenEndpoints
{
    public static void Map(IEndpointRouteBuilder routes, HubParts hub)
    {
        foreach (var mode in (ReadOnlySpan<string>)["read", "write"])
        {
            var canWrite = mode == "write";
            Serve(routes, hub, RepoId.Buckets, $"xet-{mode}-token", canWrite);
            foreach (var type in RepoId.Repositories)
            {
                Serve(routes, hub, type, $"xet-{mode}-token/{{rev}}", canWrite);
            }
        }
    }

    /// <summary>A token, when it ends in Unix seconds, and what it is for.</summary>
    public static (string Token, long Expiry) Issue(HubParts hub, RepoId repo, bool canWrite)
    {
        var expiry = hub.Signer.ExpiryAfter(hub.Options.TokenLifetime);
        return (hub.Signer.IssueToken(new CasRights(repo.ToString(), canWrite), expiry), expiry);
    }

    private static void Serve(IEndpointRouteBuilder routes, HubParts hub, string type, string last, bool canWrite) =>
        routes.Serve(
            "GET", $"/api/{type}/{HubRequest.Name}/{last}", RequestKind.Token, Access.Hub,
            context =>
            {
                var repo = context.Repo(hub, type);
                if (type != RepoId.Buckets)
                {
                    context.Revision(repo);
                }

                var (token, expiry) = Issue(hub, repo.Id, canWrite);
                return context.JsonAsync(new { CasUrl = context.Origin(), AccessToken = token, Exp = expiry });
            });
}
