using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Nfs.Server.Admin;

/// <summary>What anybody on this machine may ask over TCP. Nothing here changes anything.</summary>
internal static class PublicEndpoints
{
    private const string PlainType = "text/plain; charset=utf-8";

    // Some probes ask with HEAD; the web server leaves the body out by itself.
    private static readonly string[] s_asking = [HttpMethods.Get, HttpMethods.Head];

    public static void Map(IEndpointRouteBuilder routes, GatewayView view)
    {
        // Alive as long as it answers: a store that is away is no reason to be killed.
        routes.MapMethods(
            "/healthz", s_asking, context => WriteAsync(context, StatusCodes.Status200OK, PlainType, "ok\n"));
        routes.MapMethods("/readyz", s_asking, context => WriteReadinessAsync(context, view.GetReadiness()));
        routes.MapMethods("/metrics", s_asking, context => WriteAsync(
            context, StatusCodes.Status200OK, MetricsText.ContentType,
            GatewayMetrics.Write(view.GetStatus(), view.GetCalls())));
        routes.MapMethods("/", s_asking, context =>
        {
            context.Response.Headers.ContentSecurityPolicy = "default-src 'none'; style-src 'unsafe-inline'";
            return WriteAsync(
                context, StatusCodes.Status200OK, "text/html; charset=utf-8", StatusPage.Write(view.GetStatus()));
        });
    }

    private static Task WriteReadinessAsync(HttpContext context, Readiness readiness) => WriteAsync(
        context, readiness.IsReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable, PlainType,
        string.Create(
            CultureInfo.InvariantCulture,
            $"{(readiness.IsReady ? "" : "not ")}ready since {readiness.Since.UtcDateTime:O}: {readiness.Reason}\n"));

    private static Task WriteAsync(HttpContext context, int status, string type, string body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = type;
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        return context.Response.WriteAsync(body, context.RequestAborted);
    }
}
