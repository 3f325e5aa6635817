using System.Text.Json;
using Microsoft.AspNetCore.Http;
using XetHub.Http;

namespace XetHub.Hub;

/// <summary>Bodies that are a JSON object a line.</summary>
internal static class NdJson
{
    /// <summary>Longest body: a commit may carry small files in it.</summary>
    public const long BodyBytesMax = 64 << 20;

    /// <summary>Most lines in one body.</summary>
    private const int LinesMax = 10_000;

    /// <summary>All lines; throws <see cref="RefusedException"/> if one cannot be read.</summary>
    public static async Task<List<T>> ReadAsync<T>(HttpContext context)
        where T : class
    {
        using var reader = new StreamReader(context.Request.Body);
        var lines = new List<T>();
        while (await reader.ReadLineAsync(context.RequestAborted) is { } line)
        {
            if (line.Length > 0)
            {
                lines.Add(Parse<T>(line));
            }

            if (lines.Count > LinesMax)
            {
                throw RefusedException.Bad($"more than {LinesMax} lines");
            }
        }

        return lines;
    }

    /// <summary>A body that is one JSON object; an empty body is one without properties.</summary>
    public static async Task<T> ReadOneAsync<T>(HttpContext context)
        where T : class
    {
        using var reader = new StreamReader(context.Request.Body);
        var text = await reader.ReadToEndAsync(context.RequestAborted);
        return Parse<T>(text.Length == 0 ? "{}" : text);
    }

    private static T Parse<T>(string text)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize<T>(text, Answers.Hub) ?? throw RefusedException.Bad("null is no object");
        }
        catch (JsonException e)
        {
            throw RefusedException.Bad(e.Message);
        }
    }
}
