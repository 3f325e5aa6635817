using System.Globalization;
using Microsoft.AspNetCore.Http;
using XetHub.Catalog;
using XetHub.Http;

namespace XetHub.Faults;

/// <summary>Counts each request, and does to it what the faults say.</summary>
internal sealed class FaultLayer(HubParts hub)
{
    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var kind = context.GetEndpoint()?.Metadata.GetMetadata<EndpointTraits>()?.Kind ?? RequestKind.Control;
        if (kind == RequestKind.Control)
        {
            await next(context);
            return;
        }

        hub.Counts.Add(kind, new KindCounts(1, 0, 0));
        try
        {
            await FailAsync(context, next, hub.Faults.Hit(kind));
        }
        finally
        {
            var sent = HttpMethods.IsHead(context.Request.Method) ? null : context.Response.ContentLength;
            hub.Counts.Add(kind, new KindCounts(0, context.Request.ContentLength ?? 0, sent ?? 0));
        }
    }

    private async Task FailAsync(HttpContext context, RequestDelegate next, IReadOnlyList<SetFault> faults)
    {
        var latency = faults.Sum(fault => (long)fault.Fault.LatencyMs);
        if (latency > 0)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(latency), hub.Options.Time, context.RequestAborted);
        }

        if (faults.Any(fault => fault.Fault.Drop))
        {
            context.Abort();
            return;
        }

        if (faults.FirstOrDefault(fault => fault.Fault.Status != 0) is { Fault: var failed })
        {
            await RefuseAsync(context, failed);
            return;
        }

        if (faults.FirstOrDefault(fault => fault.Fault.Stale) is { } stale)
        {
            context.Features.Set(stale.Frozen);
        }

        if (faults.Any(fault => fault.Fault is not { BytesPerSecond: 0, CutAfter: null, WrongByteAt: null }))
        {
            context.Request.Body = new FaultyBody(context, context.Request.Body, faults);
            context.Response.Body = new FaultyBody(context, context.Response.Body, faults);
        }

        await next(context);
    }

    private static Task RefuseAsync(HttpContext context, Fault fault)
    {
        if (fault.Status == StatusCodes.Status429TooManyRequests)
        {
            context.Response.Headers["RateLimit"] =
                string.Create(CultureInfo.InvariantCulture, $"\"api\";r=0;t={fault.ResetSeconds}");
            context.Response.Headers["RateLimit-Policy"] = "\"fixed window\";\"api\";q=500;w=300";
        }

        return context.ErrorAsync(fault.Status, null, $"this answer was asked to be {fault.Status}");
    }
}

/// <summary>Which trees a request sees.</summary>
internal static class SeenTrees
{
    /// <summary>Those that there are, or old ones if a fault says so.</summary>
    public static CatalogState TreesFor(this HubParts hub, HttpContext context) =>
        context.Features.Get<CatalogState>() ?? hub.Catalog.State;
}
