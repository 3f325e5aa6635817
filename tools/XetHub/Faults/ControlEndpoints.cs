using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using XetHub.Http;

namespace XetHub.Faults;

/// <summary>The switches of this program over HTTP: <c>/_faults</c> and <c>/_counts</c>.</summary>
internal static class ControlEndpoints
{
    public static void Map(IEndpointRouteBuilder routes, HubParts hub)
    {
        routes.Serve("GET", "/_faults", RequestKind.Control, Access.Open, context => ShowAsync(context, hub));
        routes.Serve("POST", "/_faults", RequestKind.Control, Access.Open, context => SetAsync(context, hub));
        routes.Serve(
            "GET", "/_counts", RequestKind.Control, Access.Open, context => context.JsonAsync(hub.Counts.Copy()));
        routes.Serve("DELETE", "/_counts", RequestKind.Control, Access.Open, context =>
        {
            hub.Counts.Clear();
            return context.JsonAsync(hub.Counts.Copy());
        });
    }

    /// <summary>A fault as the command line and the body of a request have it. Throws JsonException.</summary>
    public static Fault Read(string json) =>
        JsonSerializer.Deserialize<Fault>(json, Answers.Hub) ?? throw new JsonException("null is not a fault");

    private static Task ShowAsync(HttpContext context, HubParts hub) =>
        context.JsonAsync(hub.Faults.All.Select(set => new { set.Fault, set.Hits }));

    private static async Task SetAsync(HttpContext context, HubParts hub)
    {
        try
        {
            var faults = await JsonSerializer.DeserializeAsync<Fault?[]>(
                context.Request.Body, Answers.Hub, context.RequestAborted);
            hub.Faults.Replace((faults ?? []).Select(fault => fault ?? throw new JsonException("null is not a fault")));
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            throw RefusedException.Bad(e.Message);
        }

        await ShowAsync(context, hub);
    }
}
