using System.Net;
using Cas.Client;
using Cas.Client.Formats;
using Cas.Client.Shards;
using Cas.Client.Xorbs;
using NUnit.Framework;

namespace Nfs.Tests.Hub;

// If these fail, tests against this hub prove nothing about the real one, or people who run it lose content: what was
// uploaded must come back, by the rules of the protocol and by no others.
[TestFixture]
internal sealed class ContentEndpointTests
{
    private static IEnumerable<NpmUpload> Uploads => [NpmUpload.Text, NpmUpload.Repeat, NpmUpload.Small];

    [TestCaseSource(nameof(Uploads))]
    public async Task Reconstruction_OfUpload_LeadsToItsBytes(NpmUpload upload)
    {
        await using var hub = await TestHub.StartAsync();
        await hub.UploadAsync(upload);
        var token = await hub.TokenAsync("read");
        var content = upload.Content;

        foreach (var version in new[] { "v1", "v2" })
        {
            var whole = await hub.JsonAsync(
                HttpMethod.Get, $"/{version}/reconstructions/{upload.FileHash}", null, token);
            var part = await hub.JsonAsync(
                HttpMethod.Get, $"/{version}/reconstructions/{upload.FileHash}", null, token,
                ("Range", "bytes=5000-7999"));

            Assert.That(await Rebuilt.AsBytesAsync(hub, whole), Is.EqualTo(content));
            Assert.That((await Rebuilt.AsBytesAsync(hub, part)).Take(3000), Is.EqualTo(content[5000..8000]));
        }
    }

    [Test]
    public async Task Reconstruction_OfOneByte_NamesNoMoreThanItsChunk()
    {
        await using var hub = await TestHub.StartAsync();
        await hub.UploadAsync(NpmUpload.Text);
        var token = await hub.TokenAsync("read");
        var start = 0;
        foreach (var (chunk, index) in NpmUpload.Text.Chunks.Select((chunk, index) => (chunk, index)))
        {
            foreach (var at in new[] { start, start + chunk.Length - 1 })
            {
                var found = await hub.JsonAsync(
                    HttpMethod.Get, $"/v2/reconstructions/{NpmUpload.Text.FileHash}", null, token,
                    ("Range", $"bytes={at}-{at}"));

                var term = found.GetProperty("terms").EnumerateArray().Single();
                Assert.That(found.GetProperty("offset_into_first_range").GetInt32(), Is.EqualTo(at - start));
                Assert.That(term.GetProperty("unpacked_length").GetInt32(), Is.EqualTo(chunk.Length));
                Assert.That(term.GetProperty("range").GetProperty("start").GetInt32(), Is.EqualTo(index));
                Assert.That(term.GetProperty("range").GetProperty("end").GetInt32(), Is.EqualTo(index + 1));
            }

            start += chunk.Length;
        }
    }

    [TestCase("bytes=300000-300001", HttpStatusCode.RequestedRangeNotSatisfiable)]
    [TestCase("bytes=0-0,5-6", HttpStatusCode.BadRequest)]
    [TestCase("bytes=-5", HttpStatusCode.BadRequest)]
    [TestCase("bytes=9-8", HttpStatusCode.BadRequest)]
    [TestCase("bytes=18446744073709551615-18446744073709551615", HttpStatusCode.BadRequest)]
    [TestCase("bytes=299999-99999999999", HttpStatusCode.OK)]
    public async Task Reconstruction_OfRange_AnswersAsTheServiceDoes(string range, HttpStatusCode expected)
    {
        await using var hub = await TestHub.StartAsync();
        await hub.UploadAsync(NpmUpload.Text);

        using var response = await hub.SendAsync(
            HttpMethod.Get, $"/v2/reconstructions/{NpmUpload.Text.FileHash}", null, await hub.TokenAsync(),
            ("Range", range));

        Assert.That(response.StatusCode, Is.EqualTo(expected));
    }

    [Test]
    public async Task Reconstruction_OfNothing_HasNoTerms()
    {
        await using var hub = await TestHub.StartAsync();

        var empty = await hub.JsonAsync(
            HttpMethod.Get, $"/v2/reconstructions/{MerkleHash.Zero}", null, await hub.TokenAsync("read"));

        Assert.That(empty.GetProperty("terms").GetArrayLength(), Is.Zero);
    }

    [Test]
    public async Task Fetch_OfOtherThanSignedBytes_IsForbidden()
    {
        await using var hub = await TestHub.StartAsync();
        await hub.UploadAsync(NpmUpload.Text);
        var found = await hub.JsonAsync(
            HttpMethod.Get, $"/v2/reconstructions/{NpmUpload.Text.FileHash}", null, await hub.TokenAsync(),
            ("Range", "bytes=0-0"));
        var (url, range) = Rebuilt.Fetches(found).Single();

        async Task<HttpStatusCode> StatusAsync(string address, params (string, string)[] headers)
        {
            using var response = await hub.SendAsync(HttpMethod.Get, address, null, null, headers);
            return response.StatusCode;
        }

        Assert.That(await StatusAsync(url, ("Range", range)), Is.EqualTo(HttpStatusCode.PartialContent));
        Assert.That(await StatusAsync(url), Is.EqualTo(HttpStatusCode.Forbidden), "all of it");
        Assert.That(await StatusAsync(url, ("Range", "bytes=0-10")), Is.EqualTo(HttpStatusCode.Forbidden), "less");
        Assert.That(await StatusAsync(url, ("Range", "bytes=0-99999")), Is.EqualTo(HttpStatusCode.Forbidden), "more");
        Assert.That(
            await StatusAsync(url.Replace("bytes%3D0-", "bytes%3D1-"), ("Range", range.Replace("=0-", "=1-"))),
            Is.EqualTo(HttpStatusCode.Forbidden), "a range that somebody wrote himself");
        Assert.That(
            await StatusAsync(url.Replace("X-Xet-Expires=", "X-Xet-Expires=9"), ("Range", range)),
            Is.EqualTo(HttpStatusCode.Forbidden), "a time that somebody wrote himself");
        hub.Server.Revoke();
        Assert.That(await StatusAsync(url, ("Range", range)), Is.EqualTo(HttpStatusCode.Forbidden), "revoked");
    }

    [Test]
    public async Task Chunk_KnownToTheStore_IsAnsweredByItsXorb([Values] bool isKeyed)
    {
        await using var hub = await TestHub.StartAsync(
            options => options with { DedupKey = isKeyed ? new MerkleHash(4, 3, 2, 1) : MerkleHash.Zero });
        await hub.UploadAsync(NpmUpload.Text);
        var token = await hub.TokenAsync();
        var chunk = NpmUpload.Text.Chunks[1].Hash;

        var known = ShardReader.Open(new MemoryBytes(
            await hub.OkAsync(HttpMethod.Get, $"/v1/chunks/default/{chunk}", null, token)));
        using var unknown = await hub.SendAsync(
            HttpMethod.Get, $"/v1/chunks/default-merkledb/{NpmUpload.Text.FileHash}", null, token);

        Assert.That(MerkleHash.TryParse(chunk, out var hash), Is.True);
        Assert.That(known.IsKeyed, Is.EqualTo(isKeyed));
        Assert.That(known.Files(), Is.Empty);
        Assert.That(known.FindChunk(hash)?.ChunkIndex, Is.EqualTo(1));
        Assert.That(known.Xorbs().Single().Hash.ToString(), Is.EqualTo(NpmUpload.Text.XorbHash));
        Assert.That(unknown.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public async Task Xorb_WithAFooterOrSentAgain_IsStoredOnce()
    {
        await using var hub = await TestHub.StartAsync();
        var token = await hub.TokenAsync();
        var path = $"/v1/xorbs/default/{NpmUpload.Text.XorbHash}";

        using var absent = await hub.SendAsync(HttpMethod.Head, path, null, token);
        var first = await hub.PostAsync(path, NpmUpload.Text.XorbWithFooter, token);
        var second = await hub.PostAsync(path, NpmUpload.Text.Xorb, token);
        await hub.OkAsync(HttpMethod.Post, "/v1/shards", NpmUpload.Text.Shard, token);
        using var present = await hub.SendAsync(HttpMethod.Head, path, null, token);
        var found = await hub.JsonAsync(
            HttpMethod.Get, $"/v2/reconstructions/{NpmUpload.Text.FileHash}", null, token);

        Assert.That(absent.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That(first.GetProperty("was_inserted").GetBoolean(), Is.True);
        Assert.That(second.GetProperty("was_inserted").GetBoolean(), Is.False);
        var records = XorbIndex.Read(new MemoryBytes(NpmUpload.Text.XorbWithFooter), HashOf(NpmUpload.Text.XorbHash))
            .Layout.RecordBytes;
        Assert.That(present.Content.Headers.ContentLength, Is.EqualTo(records));
        Assert.That(await Rebuilt.AsBytesAsync(hub, found), Is.EqualTo(NpmUpload.Text.Content));
    }

    [Test]
    public async Task Shard_SentAgain_SaysThatNothingIsNew()
    {
        await using var hub = await TestHub.StartAsync();
        await hub.UploadAsync(NpmUpload.Small);

        var again = await hub.PostAsync("/v1/shards", NpmUpload.Small.Shard, await hub.TokenAsync());

        Assert.That(again.GetProperty("result").GetInt32(), Is.Zero);
    }

    private static MerkleHash HashOf(string text) =>
        MerkleHash.TryParse(text, out var hash) ? hash : throw new InvalidDataException(text);
}
