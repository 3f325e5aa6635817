using System.Diagnostics;
using System.Net;
using System.Text.Json;
using NUnit.Framework;
using XetHub.Faults;
using XetHub.Http;

namespace Nfs.Tests.Hub;

// If these fail, a test that says "with this fault, no bytes are lost" ran without the fault.
[TestFixture]
internal sealed class FaultTests
{
    private const string Info = "/api/buckets/" + TestHub.Bucket;

    private static readonly IReadOnlyList<RequestKind> s_infoOnly = [RequestKind.Info];

    [TestCase(401)]
    [TestCase(404)]
    [TestCase(500)]
    [TestCase(503)]
    public async Task Status_HitsItsKindSoManyTimes(int status)
    {
        await using var hub = await TestHub.StartAsync();
        using var fault = hub.Server.Faults.Add(
            new Fault { Kinds = s_infoOnly, Status = status, Times = 2, Every = 2 });

        var statuses = new List<int>();
        for (var i = 0; i < 6; i++)
        {
            using var response = await hub.SendAsync(HttpMethod.Get, Info);
            statuses.Add((int)response.StatusCode);
        }

        Assert.That(statuses, Is.EqualTo(new[] { 200, status, 200, status, 200, 200 }));
        Assert.That(fault.Hits, Is.EqualTo(2));
        Assert.That(await hub.TokenAsync(), Is.Not.Empty, "another kind");
    }

    [Test]
    public async Task TooManyRequests_SaysWhenToComeBack()
    {
        await using var hub = await TestHub.StartAsync();
        using var fault = hub.Server.Faults.Add(new Fault { Status = 429, ResetSeconds = 55 });

        using var response = await hub.SendAsync(HttpMethod.Get, Info);

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.TooManyRequests));
        Assert.That(response.Headers.GetValues("RateLimit").Single(), Is.EqualTo("\"api\";r=0;t=55"));
        Assert.That(response.Headers.GetValues("RateLimit-Policy").Single(), Does.Contain("w=300"));
    }

    [Test]
    public async Task Status_InPlaceOfAnAnswer_LeavesNothingDone()
    {
        await using var hub = await TestHub.StartAsync();
        using (hub.Server.Faults.Add(new Fault { Kinds = [RequestKind.Commit], Drop = true }))
        {
            Assert.That(async () => await hub.AddEmptyAsync("f"), Throws.InstanceOf<HttpRequestException>());
        }

        Assert.That((await hub.JsonAsync(HttpMethod.Get, Info + "/tree")).GetArrayLength(), Is.Zero);
    }

    [Test]
    public async Task Cut_AtTheStart_LosesTheAnswerAndNotTheChange()
    {
        await using var hub = await TestHub.StartAsync();
        using (hub.Server.Faults.Add(new Fault { Kinds = [RequestKind.Commit], CutAfter = 0 }))
        {
            Assert.That(async () => await hub.AddEmptyAsync("f"), Throws.InstanceOf<HttpRequestException>());
        }

        Assert.That((await hub.JsonAsync(HttpMethod.Get, Info + "/tree")).GetArrayLength(), Is.EqualTo(1));
    }

    [Test]
    public async Task BodyFaults_CutAndChangeFetchedBytes()
    {
        await using var hub = await TestHub.StartAsync();
        await hub.UploadAsync(NpmUpload.Text);
        var (url, range) = Rebuilt.Fetches(await hub.JsonAsync(
            HttpMethod.Get, $"/v2/reconstructions/{NpmUpload.Text.FileHash}", null, await hub.TokenAsync())).Single();
        var good = await hub.OkAsync(HttpMethod.Get, url, null, null, ("Range", range));

        using (hub.Server.Faults.Add(new Fault { Kinds = [RequestKind.Fetch], CutAfter = good.Length - 1 }))
        {
            Assert.That(
                async () => await hub.OkAsync(HttpMethod.Get, url, null, null, ("Range", range)),
                Throws.InstanceOf<HttpRequestException>());
        }

        byte[] spoiled;
        using (hub.Server.Faults.Add(new Fault { Kinds = [RequestKind.Fetch], WrongByteAt = 66_000 }))
        {
            spoiled = await hub.OkAsync(HttpMethod.Get, url, null, null, ("Range", range));
        }

        Assert.That(spoiled, Has.Length.EqualTo(good.Length));
        Assert.That(
            Enumerable.Range(0, good.Length).Where(i => spoiled[i] != good[i]), Is.EqualTo(new[] { 66_000 }));
    }

    [Test]
    public async Task Stale_ShowsTheTreeAsItWas()
    {
        await using var hub = await TestHub.StartAsync();
        await hub.AddEmptyAsync("before");
        async Task<IEnumerable<string?>> PathsAsync() => (await hub.JsonAsync(HttpMethod.Get, Info + "/tree"))
            .EnumerateArray().Select(e => e.GetProperty("path").GetString());

        using (hub.Server.Faults.Add(new Fault { Kinds = [RequestKind.List], Stale = true }))
        {
            await hub.AddEmptyAsync("after");
            await hub.BatchAsync("""{"type":"deleteFile","path":"before"}""");

            Assert.That(await PathsAsync(), Is.EqualTo(new[] { "before" }));
            using var head = await hub.SendAsync(HttpMethod.Head, $"/buckets/{TestHub.Bucket}/resolve/after");
            Assert.That(head.StatusCode, Is.EqualTo(HttpStatusCode.OK), "another kind");
        }

        Assert.That(await PathsAsync(), Is.EqualTo(new[] { "after" }));
    }

    // The bounds are loose above: a busy machine is slower, and never faster, than what is asked for.
    [Test]
    public async Task LatencyAndBandwidth_TakeAtLeastTheirTime()
    {
        await using var hub = await TestHub.StartAsync();
        await hub.UploadAsync(NpmUpload.Text);
        await hub.BatchAsync($$"""{"type":"addFile","path":"t","xetHash":"{{NpmUpload.Text.FileHash}}"}""");
        using var latency = hub.Server.Faults.Add(new Fault { Kinds = s_infoOnly, LatencyMs = 120 });
        using var slow = hub.Server.Faults.Add(new Fault { Kinds = [RequestKind.Resolve], BytesPerSecond = 2_000_000 });

        var asking = Stopwatch.StartNew();
        await hub.OkAsync(HttpMethod.Get, Info);
        asking.Stop();
        var reading = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, 2).Select(
            _ => hub.OkAsync(HttpMethod.Get, $"/buckets/{TestHub.Bucket}/resolve/t")));
        reading.Stop();

        Assert.That(asking.ElapsedMilliseconds, Is.GreaterThanOrEqualTo(115));
        Assert.That(reading.ElapsedMilliseconds, Is.GreaterThanOrEqualTo(290), "600,000 bytes on one line");
    }

    [Test]
    public async Task Control_OverHttp_SetsShowsAndCounts()
    {
        await using var hub = await TestHub.StartAsync();
        await hub.OkAsync(HttpMethod.Delete, "/_counts");

        await hub.JsonAsync(
            HttpMethod.Post, "/_faults", """[{"kinds":["info","fetch"],"status":503,"times":1},{"latencyMs":1}]""");
        using var failed = await hub.SendAsync(HttpMethod.Get, Info);
        using var passed = await hub.SendAsync(HttpMethod.Get, Info);
        var shown = await hub.JsonAsync(HttpMethod.Get, "/_faults");
        var cleared = await hub.JsonAsync(HttpMethod.Post, "/_faults", "[]");
        var counts = await hub.JsonAsync(HttpMethod.Get, "/_counts");

        Assert.That(failed.StatusCode, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
        Assert.That(passed.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(shown[0].GetProperty("hits").GetInt32(), Is.EqualTo(1));
        Assert.That(shown[1].GetProperty("hits").GetInt32(), Is.EqualTo(2));
        Assert.That(cleared.GetArrayLength(), Is.Zero);
        Assert.That(counts.GetProperty("info").GetProperty("requests").GetInt32(), Is.EqualTo(2));
        Assert.That(counts.EnumerateObject().Count(), Is.EqualTo(1), "what sets and counts is not counted");
        Assert.That(hub.Server.Counts[RequestKind.Info].Requests, Is.EqualTo(2));
    }

    [TestCase("""[{"kinds":["nonsense"]}]""")]
    [TestCase("""[{"status":200}]""")]
    [TestCase("""[{"every":0}]""")]
    [TestCase("""[{"latencyMs":-1}]""")]
    [TestCase("""{"status":500}""")]
    [TestCase("""[null]""")]
    public async Task Control_OfNonsense_IsRefused(string faults)
    {
        await using var hub = await TestHub.StartAsync();

        using var response = await hub.SendAsync(
            HttpMethod.Post, "/_faults", JsonSerializer.SerializeToUtf8Bytes(JsonDocument.Parse(faults).RootElement));

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(hub.Server.Faults.All, Is.Empty);
    }
}
