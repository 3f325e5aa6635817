using Cas.Client.Backends.Hub.Http;

namespace Cas.Client.Backends.Hub.Tree;

/// <summary>The <c>Link</c> header of a listing.</summary>
internal static class NextPage
{
    /// <summary>
    /// Where <c>&lt;URL&gt;; rel="next"</c> leads; null if it leads nowhere. Throws <see cref="HubFailure"/> if that is
    /// not the Hub: the token is for nobody else, and a listing with parts missing is worse than none.
    /// </summary>
    public static Uri? Of(Uri endpoint, string? link)
    {
        foreach (var part in (link ?? string.Empty).Split(',', StringSplitOptions.TrimEntries))
        {
            var end = part.IndexOf('>', StringComparison.Ordinal);
            if (part.StartsWith('<') && end > 0 && part[end..].Contains("rel=\"next\"", StringComparison.Ordinal))
            {
                var url = Origin.Follow(endpoint, part[1..end]);
                return Origin.IsSame(url, endpoint)
                    ? url
                    : throw new HubFailure(
                        new FailureKind(CasError.Unreachable, false),
                        $"a listing of {endpoint.Host} goes on at {url.Host}, which is not asked");
            }
        }

        return null;
    }
}
