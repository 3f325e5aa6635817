using System.Globalization;
using Cas.Client;
using Microsoft.AspNetCore.Http;

namespace XetHub.Http;

/// <summary>Lets only those through who may, and turns what goes wrong behind it into an answer.</summary>
internal sealed class Guard(HubParts hub)
{
    private const string Bearer = "Bearer ";
    private long _requests;

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        context.Response.Headers["X-Request-Id"] =
            Interlocked.Increment(ref _requests).ToString("x16", CultureInfo.InvariantCulture);
        try
        {
            Admit(context);
            await next(context);
        }
        catch (RefusedException e)
        {
            await AnswerAsync(context, e.Status, e.Code, e.Message);
        }
        catch (BadHttpRequestException e)
        {
            await AnswerAsync(context, e.StatusCode, null, e.Message);
        }
        catch (CasException e)
        {
            await AnswerAsync(context, StatusCodes.Status500InternalServerError, null, e.Message);
        }
        catch (Exception e) when (context.RequestAborted.IsCancellationRequested
            && e is IOException or OperationCanceledException)
        {
            // Nobody is there any more who could be told.
        }
    }

    /// <summary>What stands behind "Bearer"; null if nobody says who he is.</summary>
    private static string? TokenOf(HttpContext context) =>
        context.Request.Headers.Authorization.ToString() is var header
        && header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase)
            ? header[Bearer.Length..]
            : null;

    private static Task AnswerAsync(HttpContext context, int status, string? code, string message)
    {
        if (!context.Response.HasStarted)
        {
            return context.ErrorAsync(status, code, message);
        }

        context.Abort();
        return Task.CompletedTask;
    }

    private void Admit(HttpContext context)
    {
        switch (context.GetEndpoint()?.Metadata.GetMetadata<EndpointTraits>()?.Access)
        {
            case Access.Hub when hub.HubToken is { } expected && TokenOf(context) != expected:
                throw new RefusedException(StatusCodes.Status401Unauthorized, null, "Invalid username or password.");
            case Access.CasRead or Access.CasWrite when RightsOf(context) is null:
                throw new RefusedException(StatusCodes.Status401Unauthorized, null, "the token is missing or expired");
            case Access.CasWrite when RightsOf(context) is { CanWrite: false }:
                throw new RefusedException(StatusCodes.Status403Forbidden, null, "the token does not allow writing");
        }
    }

    private CasRights? RightsOf(HttpContext context) =>
        TokenOf(context) is { } token ? hub.Signer.ReadToken(token) : null;
}
