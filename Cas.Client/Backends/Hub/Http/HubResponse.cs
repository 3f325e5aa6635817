using System.Buffers;
using System.Text.Json;

namespace Cas.Client.Backends.Hub.Http;

/// <summary>A successful answer; its body is read within bounds, and only as long as bytes arrive.</summary>
internal sealed class HubResponse(HttpResponseMessage response, Uri url, string? linkedTag, IdleLimit idle)
{
    private const int BlockBytes = 64 << 10;

    /// <summary>Memory for a body of which nothing has come but a length.</summary>
    private const int AnnouncedBytesMax = 1 << 20;

    /// <summary>The status, 200 to 299.</summary>
    public int Status => (int)response.StatusCode;

    /// <summary>
    /// Which version of a file the answer is, without quotes: what the Hub said when it redirected, or the answer's own
    /// tag; null if nobody said.
    /// </summary>
    public string? Tag
    {
        get
        {
            var tag = linkedTag ?? Header("X-Linked-ETag") ?? Header("ETag");
            return tag?.StartsWith("W/", StringComparison.Ordinal) == true ? tag[2..].Trim('"') : tag?.Trim('"');
        }
    }

    /// <summary>Length of the body as announced; null if it is not.</summary>
    public long? Length => response.Content.Headers.ContentLength;

    /// <summary>First and last byte that the body is, and the length of the whole; null if that is not told.</summary>
    public (ulong First, ulong Last, ulong Whole)? Range =>
        response.Content.Headers.ContentRange is { From: { } first, To: { } last, Length: { } whole, Unit: "bytes" }
            ? ((ulong)first, (ulong)last, (ulong)whole)
            : null;

    /// <summary>The first value of a header; null if there is none.</summary>
    public string? Header(string name) =>
        response.Headers.TryGetValues(name, out var values) ? values.FirstOrDefault() : null;

    /// <summary>The body as JSON of at most <paramref name="bytesMax"/>. Dispose it.</summary>
    public async Task<JsonDocument> ReadJsonAsync(int bytesMax)
    {
        var bytes = await ReadAsync(bytesMax);
        return JsonDocument.Parse(bytes);
    }

    /// <summary>The whole body, at most <paramref name="bytesMax"/>.</summary>
    public async Task<ReadOnlyMemory<byte>> ReadAsync(int bytesMax)
    {
        if (Length > bytesMax)
        {
            throw TooLong(bytesMax);
        }

        var body = new ArrayBufferWriter<byte>((int)Math.Min(Length ?? BlockBytes, AnnouncedBytesMax) + 1);
        await using var stream = await response.Content.ReadAsStreamAsync(idle.Token);
        while (await stream.ReadAsync(body.GetMemory(1), idle.Token) is > 0 and var count)
        {
            idle.Touch();
            body.Advance(count);
            if (body.WrittenCount > bytesMax)
            {
                throw TooLong(bytesMax);
            }
        }

        return body.WrittenMemory;
    }

    /// <summary>Fills <paramref name="destination"/> with the body, which has exactly that length.</summary>
    public async Task FillAsync(Memory<byte> destination)
    {
        if (Length is { } announced && announced != destination.Length)
        {
            throw new HubFailure(
                FailureTable.Broken, $"{url.Host} answered {announced} bytes instead of {destination.Length}");
        }

        await using var stream = await response.Content.ReadAsStreamAsync(idle.Token);
        while (!destination.IsEmpty)
        {
            var count = await stream.ReadAsync(destination, idle.Token);
            if (count == 0)
            {
                throw new HubFailure(FailureTable.Broken, $"an answer of {url.Host} ends too early");
            }

            idle.Touch();
            destination = destination[count..];
        }
    }

    private HubFailure TooLong(int bytesMax) =>
        new(FailureTable.Broken, $"an answer of {url.Host} is longer than {bytesMax} bytes");
}
