using System.Net;
using System.Text;
using System.Text.Json;
using NUnit.Framework;

namespace Nfs.Tests.Hub;

// If these fail, a client sees other files in a bucket than were put there, or does not see that something changed.
[TestFixture]
internal sealed class BucketEndpointTests
{
    private const string Api = "/api/buckets/" + TestHub.Bucket;

    [Test]
    public async Task Tree_OfPrefix_IsMatchedAsText()
    {
        await using var hub = await TestHub.StartAsync();
        await hub.AddEmptyAsync("a/1", "a/1#x", "a/1/deep/er", "a/12", "b", "z/y/x");

        async Task<string[]> ListAsync(string query) => [.. (await hub.JsonAsync(HttpMethod.Get, Api + query))
            .EnumerateArray().Select(e => $"{e.GetProperty("type").GetString()![0]}:{e.GetProperty("path")}")];

        string[] all = ["f:a/1", "f:a/1#x", "f:a/1/deep/er", "f:a/12", "f:b", "f:z/y/x"];
        Assert.That(await ListAsync("/tree"), Is.EqualTo(all), "all levels unless one is asked for");
        Assert.That(await ListAsync("/tree?recursive=true"), Is.EqualTo(all));
        Assert.That(await ListAsync("/tree?recursive=false"), Is.EqualTo(new[] { "d:a", "f:b", "d:z" }));
        Assert.That(
            await ListAsync("/tree/a/1?recursive=false"),
            Is.EqualTo(new[] { "f:a/1", "f:a/1#x", "d:a/1/deep", "f:a/12" }), "text, and not names");
        Assert.That(await ListAsync("/tree/a%2F1%23?recursive=false"), Is.EqualTo(new[] { "f:a/1#x" }));
        Assert.That(await ListAsync("/tree/z?recursive=false"), Is.EqualTo(new[] { "d:z/y" }));
        Assert.That(await ListAsync("/tree/none"), Is.Empty);
    }

    [TestCase("true", 1)]
    [TestCase("true", 7)]
    [TestCase("false", 1)]
    [TestCase("false", 3)]
    public async Task Tree_InPages_IsTheSame(string recursive, int limit)
    {
        await using var hub = await TestHub.StartAsync();
        await hub.AddEmptyAsync(
            [.. Enumerable.Range(0, 25).Select(i => $"d{i % 4}/s{i % 3}/f {i} \u00e9#"), "d1", "d1-x", "d10/y"]);
        var paths = new List<string?>();
        var pages = 0;

        for (var next = $"{hub.Server.Url}{Api}/tree/d?recursive={recursive}&limit={limit}"; next is not null; pages++)
        {
            using var response = await hub.SendAsync(HttpMethod.Get, next);
            var page = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync()).RootElement;
            Assert.That(page.GetArrayLength(), Is.InRange(1, limit));
            paths.AddRange(page.EnumerateArray().Select(e => e.GetProperty("path").GetString()));
            next = response.Headers.TryGetValues("Link", out var links) ? links.Single().Split('<', '>')[1] : null;
            Assert.That(next, Is.Null.Or.StartWith(hub.Server.Url), "a link is absolute");
        }

        var whole = await hub.JsonAsync(HttpMethod.Get, $"{Api}/tree/d?recursive={recursive}");
        Assert.That(paths, Is.EqualTo(whole.EnumerateArray().Select(e => e.GetProperty("path").GetString())));
        Assert.That(pages, Is.EqualTo((paths.Count + limit - 1) / limit));
    }

    [Test]
    public async Task Batch_OfGoodAndBadLines_DoesTheGoodOnes()
    {
        await using var hub = await TestHub.StartAsync();
        await hub.UploadAsync(NpmUpload.Small);
        var hash = NpmUpload.Small.FileHash;
        await hub.AddEmptyAsync("old");
        string[] lines =
        [
            $$"""{"type":"addFile","path":"new","xetHash":"{{hash}}","mtime":1700000000123}""",
            $$"""{"type":"copyFile","path":"copy","xetHash":"{{hash}}","sourceRepoType":"bucket"}""",
            """{"type":"deleteFile","path":"old"}""",
            """{"type":"deleteFile","path":"never was"}""",
            $$"""{"type":"addFile","path":"lost","xetHash":"{{new string('1', 64)}}"}""",
            $$"""{"type":"addFile","path":"../up","xetHash":"{{hash}}"}""",
            """{"type":"addFile","path":"bad","xetHash":"bad"}""",
            """{"type":"unheardOf","path":"x"}""",
        ];

        using var response = await hub.SendAsync(
            HttpMethod.Post, $"{Api}/batch", Encoding.UTF8.GetBytes(string.Join('\n', lines)));
        var answer = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync()).RootElement;
        var found = await hub.JsonAsync(
            HttpMethod.Post, $"{Api}/paths-info", """{"paths":["new","copy","old","lost","../up","bad","x"]}""");

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.UnprocessableEntity));
        Assert.That(answer.GetProperty("success").GetBoolean(), Is.False);
        Assert.That(answer.GetProperty("processed").GetInt32(), Is.EqualTo(8));
        Assert.That(answer.GetProperty("succeeded").GetInt32(), Is.EqualTo(4));
        Assert.That(
            answer.GetProperty("failed").EnumerateArray().Select(e => e.GetProperty("path").GetString()),
            Is.EqualTo(new[] { "lost", "../up", "bad", "x" }));
        Assert.That(
            found.EnumerateArray().Select(e => $"{e.GetProperty("path")} {e.GetProperty("size")}"),
            Is.EqualTo(new[] { "new 8192", "copy 8192" }));
        Assert.That(found[0].GetProperty("mtime").GetString(), Is.EqualTo("2023-11-14T22:13:20.123Z"));
        Assert.That(found[0].GetProperty("xetHash").GetString(), Is.EqualTo(hash));
    }

    [Test]
    public async Task Batch_ThatIsNotLinesOfJson_IsRefused()
    {
        await using var hub = await TestHub.StartAsync();
        foreach (var body in new[] { "{", "[]", "null", "1", "{\"type\":1}", "\0" })
        {
            using var response = await hub.SendAsync(HttpMethod.Post, $"{Api}/batch", Encoding.UTF8.GetBytes(body));

            Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest), body);
        }
    }

    [Test]
    public async Task Info_AfterEachMutation_HasALaterTime()
    {
        await using var hub = await TestHub.StartAsync();
        async Task<string> UpdatedAsync() =>
            (await hub.JsonAsync(HttpMethod.Get, Api)).GetProperty("updatedAt").GetString()!;
        var times = new List<string> { await UpdatedAsync() };

        for (var i = 0; i < 5; i++)
        {
            await hub.AddEmptyAsync("same");
            times.Add(await UpdatedAsync());
            await hub.BatchAsync("""{"type":"deleteFile","path":"same"}""");
            times.Add(await UpdatedAsync());
        }

        Assert.That(times, Is.Unique.And.Ordered.Using<string>(string.CompareOrdinal));
    }

    [Test]
    public async Task Resolve_OfFile_SaysWhereItsContentIs()
    {
        await using var hub = await TestHub.StartAsync();
        await hub.UploadAsync(NpmUpload.Text);
        const string path = "dir/a b#?%2F.bin";
        await hub.BatchAsync(JsonSerializer.Serialize(
            new { type = "addFile", path, xetHash = NpmUpload.Text.FileHash }));
        var url = $"/buckets/{TestHub.Bucket}/resolve/{Uri.EscapeDataString(path)}";

        using var head = await hub.SendAsync(HttpMethod.Head, url);
        using var slashed = await hub.SendAsync(HttpMethod.Head, url.Replace("dir%2F", "dir/"));
        using var info = await hub.SendAsync(
            HttpMethod.Get, url, null, null,
            ("Accept", "application/vnd.xet-fileinfo+json, */*"), ("Range", "bytes=0-0"));
        using var part = await hub.SendAsync(HttpMethod.Get, url, null, null, ("Range", "bytes=100-199"));
        using var same = await hub.SendAsync(
            HttpMethod.Get, url, null, null, ("If-None-Match", head.Headers.ETag!.ToString()));
        using var missing = await hub.SendAsync(HttpMethod.Get, $"/buckets/{TestHub.Bucket}/resolve/dir");

        foreach (var answer in new[] { head, slashed, info, part })
        {
            Assert.That(answer.Headers.GetValues("X-Xet-Hash").Single(), Is.EqualTo(NpmUpload.Text.FileHash));
            Assert.That(answer.Headers.GetValues("X-Linked-Size").Single(), Is.EqualTo("300000"));
            Assert.That(answer.Headers.GetValues("Link").Single(), Is.EqualTo(
                $"<{hub.Server.Url}{Api}/xet-read-token>; rel=\"xet-auth\", "
                + $"<{hub.Server.Url}/v1/reconstructions/{NpmUpload.Text.FileHash}>; rel=\"xet-reconstruction-info\""));
            Assert.That(answer.Headers.ETag, Is.Not.Null);
        }

        Assert.That(head.Content.Headers.ContentLength, Is.EqualTo(300000));
        Assert.That(info.Content.Headers.ContentType?.ToString(), Is.EqualTo("application/vnd.xet-fileinfo+json"));
        Assert.That(part.StatusCode, Is.EqualTo(HttpStatusCode.PartialContent));
        Assert.That(await part.Content.ReadAsByteArrayAsync(), Is.EqualTo(NpmUpload.Text.Content[100..200]));
        Assert.That(await hub.OkAsync(HttpMethod.Get, url), Is.EqualTo(NpmUpload.Text.Content), "without knowing Xet");
        Assert.That(same.StatusCode, Is.EqualTo(HttpStatusCode.NotModified));
        Assert.That(missing.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That(missing.Headers.GetValues("X-Error-Code").Single(), Is.EqualTo("EntryNotFound"));
    }

    [Test]
    public async Task Bucket_MadeMovedAndDeleted_IsWhereItSaysItIs()
    {
        await using var hub = await TestHub.StartAsync();
        await hub.AddEmptyAsync("f");

        using var twice = await hub.SendAsync(HttpMethod.Post, Api);
        using var badName = await hub.SendAsync(HttpMethod.Post, "/api/buckets/u/a%20b");
        await hub.JsonAsync(
            HttpMethod.Post, "/api/repos/move", """{"fromRepo":"u/b","toRepo":"u/c","type":"bucket"}""");
        using var old = await hub.SendAsync(HttpMethod.Get, $"{Api}?expand[]=likes");
        var moved = await hub.JsonAsync(HttpMethod.Get, "/api/buckets/u/c?expand[]=likes");
        await hub.OkAsync(HttpMethod.Delete, "/api/buckets/u/c");
        using var gone = await hub.SendAsync(HttpMethod.Delete, "/api/buckets/u/c");

        Assert.That(twice.StatusCode, Is.EqualTo(HttpStatusCode.Conflict));
        Assert.That(badName.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(old.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That(moved.GetProperty("totalFiles").GetInt32(), Is.EqualTo(1));
        Assert.That(gone.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That(gone.Headers.GetValues("X-Error-Code").Single(), Is.EqualTo("RepoNotFound"));
    }
}
