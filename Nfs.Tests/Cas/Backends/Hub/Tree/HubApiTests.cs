using System.Text;
using System.Text.Json;
using Cas.Client;
using Cas.Client.Backends.Hub;
using Cas.Client.Backends.Hub.Http;
using Cas.Client.Backends.Hub.Tree;
using Nfs.Tests.Fixtures;
using NUnit.Framework;

namespace Nfs.Tests.Cas.Backends.Hub.Tree;

// If these fail, files are missing from a listing, or a token is shown to whoever a server names.
public sealed class HubApiTests
{
    private const string Hash = "0000000000000001000000000000000200000000000000030000000000000004";

    private HubHttp _http = null!;

    [SetUp]
    public void SetUp() => _http = new HubHttp(TimeProvider.System);

    [TearDown]
    public void TearDown() => _http.Dispose();

    [Test]
    public async Task List_Pages_AreFollowedToTheEnd()
    {
        await using var stub = new HttpStub((context, number) =>
        {
            if (number < 3)
            {
                var next = $"http://{context.Request.UserHostName}/next{number}";
                context.Response.AddHeader("Link", $"<{next}>; rel=\"next\"");
            }

            return HttpStub.SayAsync(context, 200, $"[{Entry($"dir/f{3 - number}")}]");
        });

        var page = Ok(await TreeOf(stub, "hf://buckets/o/n").ListAsync("dir"u8.ToArray(), false, default, 10, default));

        Assert.That(page.Select(item => Text(item.Path)), Is.EqualTo(new[] { "dir/f0", "dir/f1", "dir/f2" }));
        Assert.That(stub.Requests, Is.EqualTo(new[]
        {
            "GET /api/buckets/o/n/tree/dir?recursive=false&expand=false&limit=5000 Bearer t", "GET /next1 Bearer t",
            "GET /next2 Bearer t",
        }));
    }

    [Test]
    [Covers("EC-229")]
    public async Task List_NextPageElsewhere_IsNeitherFollowedNorLeftOut()
    {
        await using var other = new HttpStub((context, _) => HttpStub.SayAsync(context, 200, "[]"));
        await using var stub = new HttpStub((context, _) =>
        {
            context.Response.AddHeader("Link", $"<{other.Url}>; rel=\"next\"");
            return HttpStub.SayAsync(context, 200, $"[{Entry("a")}]");
        });

        var page = await TreeOf(stub, "hf://buckets/o/n").ListAsync(default, false, default, 10, default);

        Assert.That(page.Error, Is.EqualTo(CasError.Unreachable));
        Assert.That(other.Requests, Is.Empty);
    }

    [TestCase("RepoNotFound")]
    [TestCase("RevisionNotFound")]
    [TestCase(null)]
    public async Task List_PlaceThatIsAway_IsNotEmpty(string? code)
    {
        await using var stub = new HttpStub((context, _) =>
        {
            if (code is not null)
            {
                context.Response.AddHeader("X-Error-Code", code);
            }

            return HttpStub.SayAsync(context, 404);
        });
        var tree = TreeOf(stub, "hf://buckets/o/n");

        var listed = await tree.ListAsync(default, true, default, 10, default);
        var found = await tree.LookupAsync("a"u8.ToArray(), default);

        Assert.That((listed.Error, found.Error), Is.EqualTo((CasError.Unreachable, CasError.Unreachable)));
    }

    [Test]
    [Covers("EC-134")]
    public async Task List_WhatOnlyBeginsAlikeOrCannotBe_IsLeftOut()
    {
        string[] paths = ["p/dir/a", "p/dir.txt", "p/dir", "p/dirs/b", "p/dir/../c", "p/dir//d", "p/dir/e/f", "other"];
        await using var stub = new HttpStub((context, _) => HttpStub.SayAsync(
            context, 200, $"[{string.Join(',', paths.Select(Entry))},{{\"type\":\"new\",\"path\":\"p/dir/x\"}}]"));
        var tree = TreeOf(stub, "hf://buckets/o/n/p");

        var below = Ok(await tree.ListAsync("dir"u8.ToArray(), true, default, 10, default));

        Assert.That(below.Select(item => Text(item.Path)), Is.EqualTo(new[] { "dir/a", "dir/e", "dir/e/f" }));
        Assert.That(below.Select(item => item.Entry.Kind), Is.EqualTo(
            new[] { TreeEntryKind.File, TreeEntryKind.Directory, TreeEntryKind.File }));
    }

    [TestCase("{\"type\":\"file\",\"path\":\"a\",\"size\":-1}")]
    [TestCase("{\"type\":\"file\",\"path\":\"a\",\"size\":1,\"xetHash\":\"zz\"}")]
    [TestCase("{\"type\":\"file\",\"path\":\"a\",\"size\":1}")]
    [TestCase("{\"type\":\"file\",\"path\":\"a\",\"oid\":\"x\"}")]
    [TestCase("{\"type\":\"file\",\"path\":7,\"size\":1}")]
    [TestCase("{\"type\":\"file\",\"path\":\"\\ud800\",\"size\":1}")]
    [TestCase("[]")]
    [TestCase("null")]
    [Covers("EC-137")]
    public void Entry_ThatMakesNoSense_IsNotGuessed(string entry) =>
        Assert.That(() => HubEntryOf(entry), Throws.InstanceOf<JsonException>());

    [Test]
    public void Entry_OfARepository_TakesTheLengthOfTheContent()
    {
        var entry = HubEntryOf(
            "{\"type\":\"file\",\"path\":\"w\",\"size\":130,\"oid\":\"" + new string('a', 40)
            + "\",\"lfs\":{\"oid\":\"" + new string('b', 64) + "\",\"size\":5000},\"xetHash\":\"" + Hash + "\"}")!;

        Assert.That(entry.Content, Is.EqualTo(new ContentId(new MerkleHash(1, 2, 3, 4), 5000)));
        Assert.That(entry.Tag, Is.EqualTo(new string('b', 64)));
    }

    [Test]
    public void Entry_NotInTheCas_IsNamedByGit()
    {
        var oid = string.Concat(Enumerable.Repeat("0123456789", 4));

        var entry = HubEntryOf($"{{\"type\":\"file\",\"path\":\"r\",\"size\":7,\"oid\":\"{oid}\"}}")!;

        Assert.That(PlainHash.TryRead(entry.Content.Hash, out var read), Is.True);
        Assert.That(read, Is.EqualTo(oid));
        Assert.That(PlainHash.TryRead(new MerkleHash(1, 2, 3, 4), out _), Is.False);
    }

    [Test]
    public void Version_ChangesWithWhatTheHubTells()
    {
        var entry = new HubEntry { Path = "a", Content = new ContentId(new MerkleHash(1, 2, 3, 4), 5), Mtime = 6 };
        HubEntry[] others =
        [
            entry with { Content = new ContentId(new MerkleHash(1, 2, 3, 5), 5) },
            entry with { Content = entry.Content with { Size = 6 } },
            entry with { Mtime = 7 }, entry with { Mtime = null }, entry with { UploadedAt = 6 },
            entry with { IsDirectory = true },
        ];

        Assert.That(others.Append(entry).Select(x => x.Version).Distinct().Count(), Is.EqualTo(others.Length + 1));
        Assert.That((entry with { Path = "b" }).Version, Is.EqualTo(entry.Version), "a name is not a part of it");
    }

    private static HubEntry? HubEntryOf(string json)
    {
        using var document = JsonDocument.Parse(json);
        return HubEntry.Read(new Answer(document.RootElement));
    }

    private static string Entry(string path) =>
        $"{{\"type\":\"file\",\"path\":\"{path}\",\"size\":5,\"xetHash\":\"{Hash}\"}}";

    private static string Text(ReadOnlyMemory<byte> path) => Encoding.UTF8.GetString(path.Span);

    private static T Ok<T>(CasResult<T> result)
    {
        Assert.That(result.Error, Is.EqualTo(CasError.None), result.Detail);
        return result.Value;
    }

    private HubTree TreeOf(HttpStub stub, string url) =>
        new(new HubApi(_http, stub.Url, HubUrl.Parse(url), new HubToken("t", null)));
}
