using System.Net.Http.Headers;

namespace Cas.Client.Backends.Hub.Http;

/// <summary>A call to make, as often as it takes.</summary>
internal sealed record HubCall(HttpMethod Method, Uri Url, CallLimits Limits)
{
    /// <summary>Where its token comes from; null for calls that show none.</summary>
    public ICallToken? Token { get; init; }

    /// <summary>Makes the body, anew for each try; null for none.</summary>
    public Func<HttpContent>? Body { get; init; }

    /// <summary>First and last byte to ask for; null for all.</summary>
    public (ulong First, ulong Last)? Range { get; init; }

    /// <summary>A header besides; null for none.</summary>
    public (string Name, string Value)? Header { get; init; }

    /// <summary>
    /// Whether to follow redirects. The token goes to no other origin than that of the call.
    /// </summary>
    public bool FollowsRedirects { get; init; }

    /// <summary>The request for one try, at <paramref name="url"/>.</summary>
    public HttpRequestMessage ToRequest(Uri url, string? token, IdleLimit idle)
    {
        var request = new HttpRequestMessage(Method, url);
        if (token is not null && Origin.IsSame(url, Url))
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        if (Range is { } range)
        {
            request.Headers.Range = new RangeHeaderValue((long)range.First, (long)range.Last);
        }

        if (Header is { } header)
        {
            request.Headers.Add(header.Name, header.Value);
        }

        if (Body is not null)
        {
            request.Content = new WatchedContent(Body(), idle);
        }

        return request;
    }
}
