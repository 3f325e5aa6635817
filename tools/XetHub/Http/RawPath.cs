using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace XetHub.Http;

/// <summary>
/// File paths in URLs. Clients escape a "/" inside of them or do not; the web server leaves "%2F" as it is and cannot
/// tell it from "%252F" any more, so paths are taken from what was sent.
/// </summary>
internal static class RawPath
{
    /// <summary>What follows the first segments, unescaped once, without slashes at the end.</summary>
    public static string After(HttpContext context, int segments)
    {
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var end = target.IndexOf('?', StringComparison.Ordinal);
        var path = end < 0 ? target : target[..end];
        var start = 0;
        for (var i = 0; i <= segments && start >= 0 && start < path.Length; i++)
        {
            var slash = path.IndexOf('/', start);
            start = slash < 0 ? path.Length : slash + 1;
        }

        return Uri.UnescapeDataString(path[Math.Min(start, path.Length)..]).TrimEnd('/');
    }
}
