namespace Cas.Client.Backends.Hub.Http;

/// <summary>Scheme, host and port of a URL: what a token is for.</summary>
internal static class Origin
{
    /// <summary>Whether two URLs are of one origin.</summary>
    public static bool IsSame(Uri a, Uri b) =>
        a.Scheme == b.Scheme && a.Port == b.Port
        && string.Equals(a.IdnHost, b.IdnHost, StringComparison.OrdinalIgnoreCase);

    /// <summary>
    /// A URL that a server named, absolute or relative to <paramref name="basis"/>. Throws <see cref="HubFailure"/> if
    /// it is none that may be followed: no step from https to http, and no user names.
    /// </summary>
    public static Uri Follow(Uri basis, string? named)
    {
        if (Uri.TryCreate(basis, named, out var url) && url.UserInfo.Length == 0
            && (url.Scheme == Uri.UriSchemeHttps || url.Scheme == basis.Scheme && url.Scheme == Uri.UriSchemeHttp))
        {
            return url;
        }

        throw new HubFailure(FailureTable.Broken, $"{basis.Host} names a place that cannot be followed");
    }
}
