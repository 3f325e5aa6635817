using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Vfs.Core;

namespace Nfs.Server.Admin;

/// <summary>
/// What the owner of the state directory may ask, over its socket alone. A path is the body of a request, as bytes:
/// names need not be text.
/// </summary>
internal static class ControlEndpoints
{
    public const string StatusRoute = "/status";
    public const string SyncRoute = "/sync";
    public const string EvictRoute = "/evict";

    // PATH_MAX: no mount can name a longer one.
    private const int PathBytesMax = 4096;

    // Rows go out in blocks of about this size, so that a million files are not a million writes.
    private const int RowsBetweenFlushes = 256;

    public static void Map(IEndpointRouteBuilder routes, GatewayView view)
    {
        routes.MapGet(StatusRoute, context => WriteAsync(
            context, StatusCodes.Status200OK, view.GetStatus(), AdminJson.Indented.StatusDocument));
        routes.MapPost(SyncRoute, context => RunAsync(context, view, SyncAsync));
        routes.MapPost(EvictRoute, context => RunAsync(context, view, EvictAsync));
    }

    private static async Task RunAsync(
        HttpContext context, GatewayView view, Func<HttpContext, IGateway, byte[], CancellationToken, Task> command)
    {
        if (await ReadPathAsync(context).ConfigureAwait(false) is not { } path)
        {
            await FailAsync(context, StatusCodes.Status400BadRequest, "The path is too long.").ConfigureAwait(false);
            return;
        }

        if (view.Gateway is not { } gateway)
        {
            await FailAsync(context, StatusCodes.Status503ServiceUnavailable, view.GetReadiness().Reason)
                .ConfigureAwait(false);
            return;
        }

        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, view.Stopping);
        try
        {
            await command(context, gateway, path, ended.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            if (!context.Response.HasStarted && !context.RequestAborted.IsCancellationRequested)
            {
                await FailAsync(context, StatusCodes.Status503ServiceUnavailable, "The gateway is stopping.")
                    .ConfigureAwait(false);
            }
        }
    }

    private static async Task SyncAsync(
        HttpContext context, IGateway gateway, byte[] path, CancellationToken cancellationToken)
    {
        var result = await gateway.SyncAsync(path, cancellationToken).ConfigureAwait(false);
        if (!result.IsOk)
        {
            await FailAsync(context, result.Error).ConfigureAwait(false);
            return;
        }

        context.Response.ContentType = "application/x-ndjson";
        var failed = 0;
        var count = 0;
        foreach (var file in result.Value)
        {
            failed += file.Failure is null ? 0 : 1;
            WriteLine(context, new SyncLine(new SyncRow(file.Path, file.Size, file.ContentHash, file.Failure), null));
            if (++count % RowsBetweenFlushes == 0)
            {
                await context.Response.BodyWriter.FlushAsync(cancellationToken).ConfigureAwait(false);
            }
        }

        WriteLine(context, new SyncLine(null, new SyncSummary(count, failed)));
        await context.Response.BodyWriter.FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    private static async Task EvictAsync(
        HttpContext context, IGateway gateway, byte[] path, CancellationToken cancellationToken)
    {
        var result = await gateway.EvictAsync(path, cancellationToken).ConfigureAwait(false);
        await (result.IsOk
            ? WriteAsync(
                context, StatusCodes.Status200OK, new EvictAnswer(result.Value), AdminJson.Default.EvictAnswer)
            : FailAsync(context, result.Error)).ConfigureAwait(false);
    }

    private static void WriteLine(HttpContext context, SyncLine line)
    {
        var body = context.Response.BodyWriter;
        using (var json = new Utf8JsonWriter(body))
        {
            JsonSerializer.Serialize(json, line, AdminJson.Default.SyncLine);
        }

        "\n"u8.CopyTo(body.GetSpan(1));
        body.Advance(1);
    }

    private static async Task<byte[]?> ReadPathAsync(HttpContext context)
    {
        var buffer = new byte[PathBytesMax + 1];
        var count = await context.Request.Body
            .ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, context.RequestAborted)
            .ConfigureAwait(false);
        return count <= PathBytesMax ? buffer[..count] : null;
    }

    private static Task FailAsync(HttpContext context, VfsError error) => error switch
    {
        VfsError.NoEnt or VfsError.NotDir => FailAsync(
            context, StatusCodes.Status404NotFound, "There is no such path in the gateway."),
        _ => FailAsync(
            context, StatusCodes.Status500InternalServerError, $"The gateway could not do it ({error})."),
    };

    private static Task FailAsync(HttpContext context, int status, string sentence) =>
        WriteAsync(context, status, new ControlFailure(sentence), AdminJson.Default.ControlFailure);

    private static Task WriteAsync<T>(HttpContext context, int status, T answer, JsonTypeInfo<T> type)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(answer, type, cancellationToken: context.RequestAborted);
    }
}
