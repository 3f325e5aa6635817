using System.Net;
using System.Text;
using Nfs.Tests.Fixtures;
using NUnit.Framework;

namespace Nfs.Tests.Hub;

// If these fail, somebody who may upload can make the hub hold or give out content that is not what its name says, or
// take its memory.
[TestFixture]
internal sealed class UploadRefusalTests
{
    private static readonly string s_xorbPath = $"/v1/xorbs/default/{NpmUpload.Text.XorbHash}";

    [Test]
    public async Task Xorb_ThatIsNotWhatItsNameSays_IsRefused()
    {
        await using var hub = await TestHub.StartAsync();
        var good = NpmUpload.Text.Xorb;
        var footed = NpmUpload.Text.XorbWithFooter;
        byte[] flipped = [.. good];
        flipped[good.Length / 2] ^= 1;
        byte[] flippedUnderFooter = [.. footed];
        flippedUnderFooter[100] ^= 1;
        byte[] flippedFooter = [.. footed];
        flippedFooter[^60] ^= 1;

        foreach (var body in new byte[][]
            { [], good[..^1], [.. good, 0], flipped, flippedUnderFooter, flippedFooter, NpmUpload.Small.Xorb })
        {
            await AssertStatusAsync(hub, HttpMethod.Post, s_xorbPath, HttpStatusCode.BadRequest, body);
        }

        await AssertStatusAsync(hub, HttpMethod.Head, s_xorbPath, HttpStatusCode.NotFound);
    }

    [Test]
    public async Task Shard_WhoseFilesCannotBeMade_IsRefused()
    {
        await using var hub = await TestHub.StartAsync();
        var good = NpmUpload.Text.Shard;

        await AssertStatusAsync(
            hub, HttpMethod.Post, "/v1/shards", HttpStatusCode.BadRequest, good, "its xorb is not there yet");
        await hub.OkAsync(HttpMethod.Post, s_xorbPath, NpmUpload.Text.Xorb, await hub.TokenAsync());
        const int header = 48;
        foreach (var at in new[] { 0, header + 1, header + 36, header + 48 + 5, header + 96 + 3 })
        {
            byte[] wrong = [.. good];
            wrong[at] ^= 1;
            await AssertStatusAsync(
                hub, HttpMethod.Post, "/v1/shards", HttpStatusCode.BadRequest, wrong, $"wrong at {at}");
        }

        foreach (var length in new[] { 0, header, header + 48, good.Length / 2 })
        {
            await AssertStatusAsync(
                hub, HttpMethod.Post, "/v1/shards", HttpStatusCode.BadRequest, good[..length], $"{length} bytes");
        }

        await AssertStatusAsync(
            hub, HttpMethod.Get, $"/v2/reconstructions/{NpmUpload.Text.FileHash}", HttpStatusCode.NotFound);
        await hub.OkAsync(HttpMethod.Post, "/v1/shards", good, await hub.TokenAsync());
    }

    [TestCase("GET", "/v2/reconstructions/")]
    [TestCase("GET", "/v1/reconstructions/")]
    [TestCase("GET", "/v1/chunks/default/")]
    [TestCase("GET", "/v2/file-chunk-hashes/")]
    [TestCase("POST", "/v1/xorbs/default/")]
    public async Task Hash_ThatIsNone_IsRefused(string method, string path)
    {
        await using var hub = await TestHub.StartAsync();
        foreach (var hash in new[]
            { "xyz", new string('g', 64), new string('0', 63), new string('0', 65), "..%2F..%2Fx" })
        {
            await AssertStatusAsync(
                hub, new HttpMethod(method), path + hash, HttpStatusCode.BadRequest, method == "POST" ? [1] : null);
        }
    }

    [Test]
    public async Task Body_LongerThanTheProtocolHas_IsRefusedBeforeItIsRead()
    {
        await using var hub = await TestHub.StartAsync();
        var body = new byte[2 << 20];

        await AssertStatusAsync(
            hub, HttpMethod.Post, $"/api/buckets/{TestHub.Bucket}/paths-info",
            HttpStatusCode.RequestEntityTooLarge, body);
        await AssertStatusAsync(
            hub, HttpMethod.Post, "/v1/shards", HttpStatusCode.RequestEntityTooLarge, new byte[(64 << 20) + 1]);
    }

    [Test]
    public async Task Token_MissingForgedOrTooSmall_IsRefused()
    {
        await using var hub = await TestHub.StartAsync();
        var read = await hub.TokenAsync("read");
        var write = await hub.TokenAsync();
        var path = $"/v2/reconstructions/{NpmUpload.Text.FileHash}";

        async Task<HttpStatusCode> StatusAsync(HttpMethod method, string to, string? token, byte[]? body = null)
        {
            using var response = await hub.SendAsync(method, to, body, token);
            return response.StatusCode;
        }

        Assert.That(await StatusAsync(HttpMethod.Get, path, null), Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(await StatusAsync(HttpMethod.Get, path, "hf_x"), Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(await StatusAsync(HttpMethod.Get, path, read + "x"), Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(await StatusAsync(HttpMethod.Get, path, "xet_!.!"), Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(await StatusAsync(HttpMethod.Get, path, read), Is.EqualTo(HttpStatusCode.NotFound), "let in");
        Assert.That(
            await StatusAsync(HttpMethod.Post, s_xorbPath, read, NpmUpload.Text.Xorb),
            Is.EqualTo(HttpStatusCode.Forbidden));
        Assert.That(
            await StatusAsync(HttpMethod.Post, s_xorbPath, write, NpmUpload.Text.Xorb), Is.EqualTo(HttpStatusCode.OK));
        hub.Server.Revoke();
        Assert.That(await StatusAsync(HttpMethod.Get, path, write), Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [Test]
    public async Task TokensAndUrls_AfterTheirTime_AreWorthless()
    {
        var clock = new ManualClock();
        await using var hub = await TestHub.StartAsync(options => options with
        {
            Time = clock, TokenLifetime = TimeSpan.FromMinutes(5), UrlLifetime = TimeSpan.FromMinutes(2),
        });
        await hub.UploadAsync(NpmUpload.Small);
        var token = await hub.TokenAsync();
        var path = $"/v2/reconstructions/{NpmUpload.Small.FileHash}";
        var (url, range) = Rebuilt.Fetches(await hub.JsonAsync(HttpMethod.Get, path, null, token)).Single();

        clock.Advance(TimeSpan.FromMinutes(2));
        using var fetched = await hub.SendAsync(HttpMethod.Get, url, null, null, ("Range", range));
        using var asked = await hub.SendAsync(HttpMethod.Get, path, null, token);
        clock.Advance(TimeSpan.FromMinutes(3));
        using var later = await hub.SendAsync(HttpMethod.Get, path, null, token);

        Assert.That(fetched.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
        Assert.That(asked.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(later.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [Test]
    public async Task HubToken_WhenOneIsAskedFor_LetsNobodyElseIn()
    {
        await using var hub = await TestHub.StartAsync();
        hub.Server.HubToken = "hf_right";
        var path = $"/api/buckets/{TestHub.Bucket}";

        using var nobody = await hub.SendAsync(HttpMethod.Get, path);
        using var wrong = await hub.SendAsync(HttpMethod.Get, path, null, "hf_wrong");
        using var right = await hub.SendAsync(HttpMethod.Get, path, null, "hf_right");

        Assert.That(nobody.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(wrong.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(right.StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }

    // A client that waits to be told to go on sees why it may not, whatever its body is.
    private static async Task AssertStatusAsync(
        TestHub hub, HttpMethod method, string path, HttpStatusCode expected, byte[]? body = null, string? what = null)
    {
        using var response = await hub.SendAsync(
            method, path, body, await hub.TokenAsync(), ("Expect", "100-continue"));
        var text = Encoding.UTF8.GetString(await response.Content.ReadAsByteArrayAsync());
        Assert.That(response.StatusCode, Is.EqualTo(expected), $"{what} {text}");
    }
}
