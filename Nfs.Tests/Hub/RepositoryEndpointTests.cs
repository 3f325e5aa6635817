using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using NUnit.Framework;

namespace Nfs.Tests.Hub;

// If these fail, a gateway on a repository shows files of another revision, or none.
[TestFixture]
internal sealed class RepositoryEndpointTests
{
    [TestCase("model", "models", "u/m")]
    [TestCase("dataset", "datasets", "datasets/u/m")]
    [TestCase("space", "spaces", "spaces/u/m")]
    public async Task Repository_AfterCommits_ShowsEachRevisionAsItWas(string type, string types, string place)
    {
        await using var hub = await TestHub.StartAsync();
        await hub.JsonAsync(
            HttpMethod.Post, "/api/repos/create", $$"""{"name":"m","organization":"u","type":"{{type}}"}""");
        var first = await CommitAsync(hub, types, File("dir/readme.md", "one"), File("other.txt", "same"));
        var second = await CommitAsync(
            hub, types, File("dir/readme.md", "two"), """{"key":"deletedFile","value":{"path":"other.txt"}}""");

        var info = await hub.JsonAsync(HttpMethod.Get, $"/api/{types}/u/m");
        var top = await hub.JsonAsync(HttpMethod.Get, $"/api/{types}/u/m/tree/main");
        var below = await hub.JsonAsync(HttpMethod.Get, $"/api/{types}/u/m/tree/{first}/dir?expand=true");
        var all = await hub.JsonAsync(HttpMethod.Get, $"/api/{types}/u/m/tree/{first}?recursive=true");
        var looked = await hub.JsonAsync(
            HttpMethod.Post, $"/api/{types}/u/m/paths-info/{second}", """{"paths":["other.txt","dir/readme.md"]}""");
        using var noDirectory = await hub.SendAsync(HttpMethod.Get, $"/api/{types}/u/m/tree/main/di");
        using var noRevision = await hub.SendAsync(HttpMethod.Get, $"/api/{types}/u/m/tree/other");

        Assert.That(info.GetProperty("sha").GetString(), Is.EqualTo(second));
        Assert.That(Paths(top), Is.EqualTo(new[] { "dir" }));
        Assert.That(Paths(below), Is.EqualTo(new[] { "dir/readme.md" }));
        Assert.That(below[0].GetProperty("lastCommit").GetProperty("id").GetString(), Is.EqualTo(first));
        Assert.That(Paths(all), Is.EqualTo(new[] { "dir/readme.md", "other.txt" }));
        Assert.That(Paths(looked), Is.EqualTo(new[] { "dir/readme.md" }));
        Assert.That(Code(noDirectory), Is.EqualTo("EntryNotFound"));
        Assert.That(Code(noRevision), Is.EqualTo("RevisionNotFound"));
        Assert.That(await TextAsync(hub, $"/{place}/resolve/main/dir/readme.md"), Is.EqualTo("two"));
        Assert.That(await TextAsync(hub, $"/{place}/resolve/{first}/dir%2Freadme.md"), Is.EqualTo("one"));
    }

    [Test]
    public async Task PlainFile_IsServedWithRangesAndConditions()
    {
        await using var hub = await TestHub.StartAsync();
        await hub.JsonAsync(HttpMethod.Post, "/api/repos/create", """{"name":"m","organization":"u","type":"model"}""");
        var commit = await CommitAsync(hub, "models", File("a.txt", "0123456789"));

        using var head = await hub.SendAsync(HttpMethod.Head, "/u/m/resolve/main/a.txt");
        using var part = await hub.SendAsync(
            HttpMethod.Get, "/u/m/resolve/main/a.txt", null, null, ("Range", "bytes=2-4"));
        using var same = await hub.SendAsync(
            HttpMethod.Get, "/u/m/resolve/main/a.txt", null, null, ("If-None-Match", head.Headers.ETag!.ToString()));

        // What "git hash-object" prints.
        Assert.That(head.Headers.ETag!.Tag, Is.EqualTo("\"ad471007bd7f5983d273b9584e5629230150fd54\""));
        Assert.That(head.Content.Headers.ContentLength, Is.EqualTo(10));
        Assert.That(head.Headers.GetValues("X-Repo-Commit").Single(), Is.EqualTo(commit));
        Assert.That(head.Headers.Contains("X-Xet-Hash"), Is.False);
        Assert.That(await part.Content.ReadAsStringAsync(), Is.EqualTo("234"));
        Assert.That(part.StatusCode, Is.EqualTo(HttpStatusCode.PartialContent));
        Assert.That(same.StatusCode, Is.EqualTo(HttpStatusCode.NotModified));
    }

    [Test]
    public async Task LargeFile_IsKnownByItsSha256()
    {
        await using var hub = await TestHub.StartAsync();
        await hub.JsonAsync(HttpMethod.Post, "/api/repos/create", """{"name":"m","organization":"u","type":"model"}""");
        var oid = Convert.ToHexStringLower(SHA256.HashData(NpmUpload.Text.Content));
        var line = $$$"""{"key":"lfsFile","value":{"path":"w.bin","algo":"sha256","size":300000,"oid":"{{{oid}}}"}}""";
        var question = $$"""{"operation":"upload","transfers":["xet"],"objects":[{"oid":"{{oid}}","size":300000}]}""";

        using var early = await SendCommitAsync(hub, "models", line);
        var before = await hub.JsonAsync(HttpMethod.Post, "/u/m.git/info/lfs/objects/batch", question);
        var upload = before.GetProperty("objects")[0].GetProperty("actions").GetProperty("upload");
        var token = upload.GetProperty("header").GetProperty("X-Xet-Access-Token").GetString()!;
        await hub.OkAsync(
            HttpMethod.Post, $"/v1/xorbs/default/{NpmUpload.Text.XorbHash}", NpmUpload.Text.Xorb, token);
        await hub.OkAsync(HttpMethod.Post, "/v1/shards", NpmUpload.Text.ModelShard, token);
        var after = await hub.JsonAsync(HttpMethod.Post, "/u/m.git/info/lfs/objects/batch", question);
        await CommitAsync(hub, "models", line);
        var entry = (await hub.JsonAsync(HttpMethod.Get, "/api/models/u/m/tree/main"))[0];

        Assert.That(early.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest), "nobody has uploaded it");
        Assert.That(after.GetProperty("objects")[0].TryGetProperty("actions", out _), Is.False);
        Assert.That(entry.GetProperty("lfs").GetProperty("oid").GetString(), Is.EqualTo(oid));
        Assert.That(entry.GetProperty("lfs").GetProperty("size").GetInt32(), Is.EqualTo(300000));
        Assert.That(entry.GetProperty("xetHash").GetString(), Is.EqualTo(NpmUpload.Text.FileHash));
        Assert.That(await hub.OkAsync(HttpMethod.Get, "/u/m/resolve/main/w.bin"), Is.EqualTo(NpmUpload.Text.Content));
    }

    [Test]
    public async Task Commit_OnAnotherParent_IsRefusedAsAWhole()
    {
        await using var hub = await TestHub.StartAsync();
        await hub.JsonAsync(HttpMethod.Post, "/api/repos/create", """{"name":"m","organization":"u","type":"model"}""");
        var first = await CommitAsync(hub, "models", File("a.txt", "1"));
        await CommitAsync(hub, "models", File("a.txt", "2"));

        using var response = await SendCommitAsync(
            hub, "models",
            $$$"""{"key":"header","value":{"summary":"late","parentCommit":"{{{first}}}"}}""", File("a.txt", "3"));

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.PreconditionFailed));
        Assert.That(await TextAsync(hub, "/u/m/resolve/main/a.txt"), Is.EqualTo("2"));
    }

    private static string File(string path, string text) => JsonSerializer.Serialize(new
    {
        key = "file",
        value = new { path, content = Convert.ToBase64String(Encoding.UTF8.GetBytes(text)), encoding = "base64" },
    });

    private static Task<HttpResponseMessage> SendCommitAsync(TestHub hub, string types, params string[] lines) =>
        hub.SendAsync(
            HttpMethod.Post, $"/api/{types}/u/m/commit/main", Encoding.UTF8.GetBytes(string.Join('\n', lines)));

    private static async Task<string> CommitAsync(TestHub hub, string types, params string[] lines)
    {
        using var response = await SendCommitAsync(hub, types, lines);
        var answer = await response.Content.ReadAsByteArrayAsync();
        Assert.That(response.IsSuccessStatusCode, Is.True, Encoding.UTF8.GetString(answer));
        return JsonDocument.Parse(answer).RootElement.GetProperty("commitOid").GetString()!;
    }

    private static async Task<string> TextAsync(TestHub hub, string path) =>
        Encoding.UTF8.GetString(await hub.OkAsync(HttpMethod.Get, path));

    private static IEnumerable<string?> Paths(JsonElement list) =>
        list.EnumerateArray().Select(e => e.GetProperty("path").GetString());

    private static string Code(HttpResponseMessage response) => response.Headers.GetValues("X-Error-Code").Single();
}
