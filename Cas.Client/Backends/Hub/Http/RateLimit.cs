using System.Globalization;
using System.Net.Http.Headers;

namespace Cas.Client.Backends.Hub.Http;

/// <summary>How long a server that is asked too much wants to be left alone.</summary>
internal static class RateLimit
{
    private const int SecondsMax = 3600;

    /// <summary>
    /// Out of <c>RateLimit: "api";r=0;t=55</c>, of which t is the seconds to the reset and counts only when nothing is
    /// left (r=0), or of <c>Retry-After</c>. Null if neither says anything.
    /// </summary>
    public static TimeSpan? WaitOf(HttpResponseHeaders headers)
    {
        if (headers.TryGetValues("RateLimit", out var values))
        {
            foreach (var limit in values.SelectMany(value => value.Split(',')))
            {
                if (Number(limit, "r=") == 0 && Number(limit, "t=") is { } seconds)
                {
                    return TimeSpan.FromSeconds(seconds);
                }
            }
        }

        return headers.RetryAfter?.Delta is { } delta && delta >= TimeSpan.Zero
            ? TimeSpan.FromSeconds(Math.Min(delta.TotalSeconds, SecondsMax))
            : null;
    }

    private static int? Number(string limit, string name)
    {
        foreach (var part in limit.Split(';', StringSplitOptions.TrimEntries))
        {
            if (part.StartsWith(name, StringComparison.Ordinal)
                && uint.TryParse(part.AsSpan(name.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var n))
            {
                return (int)Math.Min(n, SecondsMax);
            }
        }

        return null;
    }
}
