using System.Net;
using System.Text;
using System.Text.Json;
using Cas.Client.Xorbs;
using NUnit.Framework;

namespace Nfs.Tests.Hub;

/// <summary>Does what a client does with the answer to "how is this file made", in either shape.</summary>
internal static class Rebuilt
{
    /// <summary>The bytes from the start of the range that was asked for, to the end of its last chunk.</summary>
    public static async Task<byte[]> AsBytesAsync(TestHub hub, JsonElement reconstruction)
    {
        var chunks = new Dictionary<(string Xorb, int Index), byte[]>();
        foreach (var (xorb, url, ranges) in Entries(reconstruction))
        {
            var header = "bytes=" + string.Join(',', ranges.Select(range => $"{range.Start}-{range.Last}"));
            using var response = await hub.SendAsync(HttpMethod.Get, url, null, null, ("Range", header));
            Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.PartialContent));
            var parts = await PartsOfAsync(response, ranges);
            foreach (var (range, records) in ranges.Zip(parts))
            {
                var index = range.ChunkStart;
                foreach (var chunk in Unpack(records))
                {
                    chunks[(xorb, index++)] = chunk;
                }

                Assert.That(index, Is.EqualTo(range.ChunkEnd));
            }
        }

        var bytes = new List<byte>();
        foreach (var term in reconstruction.GetProperty("terms").EnumerateArray())
        {
            var (start, end) = Range(term.GetProperty("range"));
            var before = bytes.Count;
            for (var i = start; i < end; i++)
            {
                bytes.AddRange(chunks[(term.GetProperty("hash").GetString()!, (int)i)]);
            }

            Assert.That(bytes.Count - before, Is.EqualTo(term.GetProperty("unpacked_length").GetInt32()));
        }

        return [.. bytes.Skip(reconstruction.GetProperty("offset_into_first_range").GetInt32())];
    }

    /// <summary>The URLs, and the header that each is good for.</summary>
    public static IEnumerable<(string Url, string Range)> Fetches(JsonElement reconstruction) =>
        Entries(reconstruction).Select(entry => (
            entry.Url, "bytes=" + string.Join(',', entry.Ranges.Select(range => $"{range.Start}-{range.Last}"))));

    private static IEnumerable<(string Xorb, string Url, List<FetchPart> Ranges)> Entries(JsonElement reconstruction)
    {
        if (reconstruction.TryGetProperty("fetch_info", out var older))
        {
            return from xorb in older.EnumerateObject()
                   from entry in xorb.Value.EnumerateArray()
                   let part = FetchPart.Of(entry.GetProperty("range"), entry.GetProperty("url_range"))
                   select (xorb.Name, entry.GetProperty("url").GetString()!, new List<FetchPart> { part });
        }

        return from xorb in reconstruction.GetProperty("xorbs").EnumerateObject()
               from entry in xorb.Value.EnumerateArray()
               let parts = entry.GetProperty("ranges").EnumerateArray()
                   .Select(range => FetchPart.Of(range.GetProperty("chunks"), range.GetProperty("bytes"))).ToList()
               select (xorb.Name, entry.GetProperty("url").GetString()!, parts);
    }

    private static async Task<List<byte[]>> PartsOfAsync(HttpResponseMessage response, List<FetchPart> ranges)
    {
        var body = await response.Content.ReadAsByteArrayAsync();
        if (ranges.Count == 1)
        {
            Assert.That(response.Content.Headers.ContentRange?.From, Is.EqualTo(ranges[0].Start));
            return [body];
        }

        Assert.That(response.Content.Headers.ContentType?.MediaType, Is.EqualTo("multipart/byteranges"));
        var boundary = response.Content.Headers.ContentType!.Parameters.Single(p => p.Name == "boundary").Value!;
        var parts = new List<byte[]>();
        var at = 0;
        foreach (var range in ranges)
        {
            var head = IndexAfter(body, at, $"\r\n--{boundary}\r\n");
            var start = IndexAfter(body, head, "\r\n\r\n");
            Assert.That(
                Encoding.ASCII.GetString(body[head..start]),
                Does.Contain($"Content-Range: bytes {range.Start}-{range.Last}/"));
            at = start + (int)(range.Last + 1 - range.Start);
            parts.Add(body[start..at]);
        }

        Assert.That(Encoding.ASCII.GetString(body[at..]), Is.EqualTo($"\r\n--{boundary}--\r\n"));
        return parts;
    }

    private static int IndexAfter(byte[] body, int from, string text)
    {
        var mark = Encoding.ASCII.GetBytes(text);
        var found = body.AsSpan(from).IndexOf(mark);
        Assert.That(found, Is.Not.Negative, text);
        return from + found + mark.Length;
    }

    private static IEnumerable<byte[]> Unpack(byte[] records)
    {
        for (var at = 0; at < records.Length;)
        {
            Assert.That(ChunkHeader.Read(records.AsSpan(at), out var header), Is.Null);
            var chunk = new byte[header.Length];
            var payload = records.AsSpan(at + ChunkHeader.Bytes, header.PayloadLength);
            Assert.That(ChunkCodec.Decode(header, payload, chunk), Is.Null);
            at += header.RecordLength;
            yield return chunk;
        }
    }

    private static (long Start, long End) Range(JsonElement range) =>
        (range.GetProperty("start").GetInt64(), range.GetProperty("end").GetInt64());

    /// <summary>Chunks [ChunkStart, ChunkEnd) in bytes Start to Last.</summary>
    private sealed record FetchPart(int ChunkStart, int ChunkEnd, long Start, long Last)
    {
        public static FetchPart Of(JsonElement chunks, JsonElement bytes)
        {
            var ((chunkStart, chunkEnd), (start, last)) = (Range(chunks), Range(bytes));
            return new FetchPart((int)chunkStart, (int)chunkEnd, start, last);
        }
    }
}
