using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;

namespace XetHub.Http;

/// <summary>Who may use an endpoint.</summary>
internal enum Access
{
    /// <summary>Everybody: the URL itself is the permission, or there is nothing to protect.</summary>
    Open,

    /// <summary>Who has the hub's token.</summary>
    Hub,

    /// <summary>Who has a token for the content half.</summary>
    CasRead,

    /// <summary>Who has one that may write.</summary>
    CasWrite,
}

/// <summary>What holds for an endpoint before its handler runs.</summary>
internal sealed record EndpointTraits(RequestKind Kind, Access Access, long? MaxRequestBodySize)
    : IRequestSizeLimitMetadata;

/// <summary>Adds endpoints with their traits.</summary>
internal static class EndpointRoutes
{
    /// <summary>A body of a few questions.</summary>
    public const long BodyBytesMax = 1 << 20;

    public static void Serve(
        this IEndpointRouteBuilder routes,
        string method,
        string pattern,
        RequestKind kind,
        Access access,
        RequestDelegate handler,
        long bodyBytesMax = BodyBytesMax) =>
        routes.MapMethods(pattern, [method], handler).WithMetadata(new EndpointTraits(kind, access, bodyBytesMax));

    /// <summary>The text of a route's parameter.</summary>
    public static string Route(this HttpContext context, string name) =>
        Uri.UnescapeDataString(context.Request.RouteValues[name] as string ?? string.Empty);
}
