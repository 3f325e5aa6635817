using System.Buffers;
using System.Globalization;
using System.Text;
using Cas.Client;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Win32.SafeHandles;
using XetHub.Http;

namespace XetHub.Cas;

/// <summary>Bytes of xorbs by signed URLs, which name the ranges that they are good for.</summary>
internal static class FetchEndpoints
{
    private const string RangeKey = "X-Xet-Signed-Range";
    private const string ExpiresKey = "X-Xet-Expires";
    private const string SignatureKey = "X-Xet-Signature";
    private const int PartBytes = 256 << 10;
    private const string Boundary = "xethub-part-of-several-ranges";

    public static void Map(IEndpointRouteBuilder routes, HubParts hub) => routes.Serve(
        "GET", "/xorbs/default/{hash}", RequestKind.Fetch, Access.Open, context => FetchAsync(context, hub));

    /// <summary>A URL that is good for these ranges, for a time.</summary>
    public static string UrlOf(HttpContext context, HubParts hub, MerkleHash xorb, IReadOnlyList<ByteRange> ranges)
    {
        var signed = ByteRanges.Write(ranges);
        var expiry = hub.Signer.ExpiryAfter(hub.Options.UrlLifetime);
        var signature = hub.Signer.Sign($"{xorb} {signed}", expiry);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{context.Origin()}/xorbs/default/{xorb}?{RangeKey}={Uri.EscapeDataString(signed)}"
            + $"&{ExpiresKey}={expiry}&{SignatureKey}={signature}");
    }

    private static async Task FetchAsync(HttpContext context, HubParts hub)
    {
        var xorb = context.Hash();
        var ranges = RequireSigned(context, hub, xorb);
        var index = hub.Content.FindXorb(xorb) ?? throw RefusedException.NoContent($"the xorb {xorb} is not there");
        using var file = hub.Content.Directory.Open(hub.Content.Directory.PathOfXorb(xorb));
        context.Response.StatusCode = StatusCodes.Status206PartialContent;
        context.Response.Headers.AcceptRanges = "bytes";
        await (ranges is [var range]
            ? WriteOneAsync(context, file, range, index.Layout.RecordBytes)
            : WriteSeveralAsync(context, file, ranges, index.Layout.RecordBytes));
    }

    /// <summary>The ranges that are asked for: each is one of those that the URL was signed for.</summary>
    private static List<ByteRange> RequireSigned(HttpContext context, HubParts hub, MerkleHash xorb)
    {
        var query = context.Request.Query;
        var signed = query[RangeKey].ToString();
        var asked = ByteRanges.TryRead(context.Request.Headers.Range.ToString());
        return hub.Signer.IsGood($"{xorb} {signed}", query[ExpiresKey].ToString(), query[SignatureKey].ToString())
            && asked is not null && asked.Count <= (ByteRanges.TryRead(signed)?.Count ?? 0)
            && asked.All(ByteRanges.TryRead(signed)!.ToHashSet().Contains)
                ? asked
                : throw new RefusedException(
                    StatusCodes.Status403Forbidden, null, "the URL has expired, or is for other bytes");
    }

    private static Task WriteOneAsync(HttpContext context, SafeFileHandle file, ByteRange range, uint length)
    {
        context.Response.ContentType = "application/octet-stream";
        context.Response.Headers.ContentRange = PlaceOf(range, length);
        context.Response.ContentLength = (long)range.Length;
        return CopyAsync(context, file, range);
    }

    private static async Task WriteSeveralAsync(
        HttpContext context, SafeFileHandle file, List<ByteRange> ranges, uint length)
    {
        var heads = ranges.ConvertAll(range => Encoding.ASCII.GetBytes(
            $"\r\n--{Boundary}\r\nContent-Type: application/octet-stream\r\n"
            + $"Content-Range: {PlaceOf(range, length)}\r\n\r\n"));
        var end = Encoding.ASCII.GetBytes($"\r\n--{Boundary}--\r\n");
        context.Response.ContentType = $"multipart/byteranges; boundary={Boundary}";
        context.Response.ContentLength =
            heads.Sum(head => (long)head.Length) + ranges.Sum(range => (long)range.Length) + end.Length;
        for (var i = 0; i < heads.Count; i++)
        {
            await context.Response.Body.WriteAsync(heads[i], context.RequestAborted);
            await CopyAsync(context, file, ranges[i]);
        }

        await context.Response.Body.WriteAsync(end, context.RequestAborted);
    }

    private static async Task CopyAsync(HttpContext context, SafeFileHandle file, ByteRange range)
    {
        var part = ArrayPool<byte>.Shared.Rent(PartBytes);
        try
        {
            for (var at = range.Start; at < range.End;)
            {
                var count = RandomAccess.Read(
                    file, part.AsSpan(0, (int)Math.Min(PartBytes, range.End - at)), (long)at);
                if (count == 0)
                {
                    throw new IOException("the xorb is shorter than its index says");
                }

                await context.Response.Body.WriteAsync(part.AsMemory(0, count), context.RequestAborted);
                at += (ulong)count;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(part);
        }
    }

    private static string PlaceOf(ByteRange range, uint length) =>
        string.Create(CultureInfo.InvariantCulture, $"bytes {range}/{length}");
}
