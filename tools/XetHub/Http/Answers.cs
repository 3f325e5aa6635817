using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;

namespace XetHub.Http;

/// <summary>Writes JSON answers.</summary>
internal static class Answers
{
    /// <summary>Names as the hub half has them.</summary>
    public static JsonSerializerOptions Hub { get; } = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase), new TimeText() },
    };

    /// <summary>Names as the content half has them.</summary>
    public static JsonSerializerOptions Cas { get; } = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
    };

    /// <summary>Writes a value, with a length: a body that is cut is noticed.</summary>
    public static async Task JsonAsync(
        this HttpContext context,
        object value,
        JsonSerializerOptions? names = null,
        int status = StatusCodes.Status200OK)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(value, names ?? Hub);
        context.Response.StatusCode = status;
        context.Response.ContentType ??= "application/json; charset=utf-8";
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }

    /// <summary>Answers with an error, as the Hub words it.</summary>
    public static Task ErrorAsync(this HttpContext context, int status, string? code, string message)
    {
        if (code is not null)
        {
            context.Response.Headers["X-Error-Code"] = code;
        }

        // A header takes no more than this; the body has all of it.
        context.Response.Headers["X-Error-Message"] =
            string.Concat(message.Select(c => c is >= ' ' and <= '~' ? c : '?'));
        return context.JsonAsync(new { error = message }, status: status);
    }

    /// <summary>Address of this hub as the client knows it: links must be absolute.</summary>
    public static string Origin(this HttpContext context) => $"{context.Request.Scheme}://{context.Request.Host}";
}
