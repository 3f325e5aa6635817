using Cas.Client;
using Cas.Client.Backends.Hub.Http;
using Nfs.Tests.Fixtures;
using NUnit.Framework;

namespace Nfs.Tests.Cas.Backends.Hub.Http;

// If these fail, a gateway gives up too early or never, floods a server in trouble, or shows its token to others.
public sealed class HubHttpTests
{
    private static readonly CallLimits s_patient = new(
        TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(30));

    private HubHttp _http = null!;

    [SetUp]
    public void SetUp() => _http = new HubHttp(TimeProvider.System);

    [TearDown]
    public void TearDown() => _http.Dispose();

    [Test]
    [Covers("EC-220", "EC-224")]
    public async Task Send_TroubleThatPasses_IsNotSeen()
    {
        await using var stub = new HttpStub((context, number) => number switch
        {
            1 => HttpStub.SayAsync(context, 503),
            2 => HttpStub.BreakAsync(context),
            3 => HttpStub.SayAsync(context, 200, "not json"),
            _ => HttpStub.SayAsync(context, 200, "{\"a\":\"b\"}"),
        });

        Assert.That(await AskAsync(new HubCall(HttpMethod.Get, stub.Url, s_patient)), Is.EqualTo("b"));
        Assert.That(stub.Requests, Has.Count.EqualTo(4));
    }

    [Test]
    public async Task Send_Refusal_IsNotRepeatedAndTellsWhy()
    {
        await using var stub = new HttpStub((context, _) =>
        {
            context.Response.AddHeader("X-Error-Code", "EntryNotFound");
            return HttpStub.SayAsync(context, 404, "{\"error\":\"it went\\naway.\"}");
        });
        var call = new HubCall(HttpMethod.Get, new Uri(stub.Url, "p?signature=secret"), s_patient);

        var failure = Assert.ThrowsAsync<HubFailure>(() => AskAsync(call))!;

        Assert.That((failure.Error, failure.Status), Is.EqualTo((CasError.NotFound, 404)));
        Assert.That(failure.Code, Is.EqualTo("EntryNotFound"));
        Assert.That(failure.Message, Does.Contain("it went away").And.Not.Contain("secret"));
        Assert.That(stub.Requests, Has.Count.EqualTo(1));
    }

    [Test]
    [Covers("EC-221")]
    public async Task Send_LimitedLongerThanTheBudget_GivesUpAtOnce()
    {
        await using var stub = new HttpStub((context, _) =>
        {
            context.Response.AddHeader("RateLimit", "\"api\";r=0;t=300");
            return HttpStub.SayAsync(context, 429);
        });

        var failure = Assert.ThrowsAsync<HubFailure>(() => AskAsync(new HubCall(HttpMethod.Get, stub.Url, s_patient)))!;

        Assert.That(failure.Error, Is.EqualTo(CasError.Throttled));
        Assert.That(stub.Requests, Has.Count.EqualTo(1));
    }

    [Test]
    [Covers("EC-221")]
    public async Task Send_LimitedForAMoment_WaitsAsLongAsTheServerSays()
    {
        var asked = new List<long>();
        await using var stub = new HttpStub((context, number) =>
        {
            asked.Add(TimeProvider.System.GetTimestamp());
            context.Response.AddHeader("RateLimit", "\"api\";r=0;t=1");
            return HttpStub.SayAsync(context, number == 1 ? 429 : 200, "{\"a\":\"b\"}");
        });

        Assert.That(await AskAsync(new HubCall(HttpMethod.Get, stub.Url, s_patient)), Is.EqualTo("b"));
        Assert.That(
            TimeProvider.System.GetElapsedTime(asked[0], asked[1]),
            Is.GreaterThanOrEqualTo(TimeSpan.FromMilliseconds(990)));
    }

    [Test]
    [Covers("EC-224")]
    public async Task Send_ServerThatSaysNothing_IsGivenUp()
    {
        var never = new TaskCompletionSource();
        await using var stub = new HttpStub((_, _) => never.Task);
        var limits = s_patient with { Idle = TimeSpan.FromMilliseconds(200), Budget = TimeSpan.Zero };

        var failure = Assert.ThrowsAsync<HubFailure>(() => AskAsync(new HubCall(HttpMethod.Get, stub.Url, limits)))!;
        never.SetResult();

        Assert.That(failure.Error, Is.EqualTo(CasError.Unreachable));
        Assert.That(failure.Message, Does.Contain("nothing moved"));
    }

    [Test]
    [Covers("EC-224")]
    public async Task Send_HostInTrouble_IsLeftAlone()
    {
        await using var stub = new HttpStub((context, _) => HttpStub.SayAsync(context, 502));
        var call = new HubCall(HttpMethod.Get, stub.Url, s_patient with { Budget = TimeSpan.Zero });
        for (var i = 0; i < 100; i++)
        {
            Assert.ThrowsAsync<HubFailure>(() => AskAsync(call));
        }

        Assert.That(stub.Requests, Has.Count.LessThan(50));
    }

    [Test]
    public async Task Send_CallerGivesUp_IsCancelled()
    {
        var never = new TaskCompletionSource();
        using var cancellation = new CancellationTokenSource();
        await using var stub = new HttpStub((_, _) =>
        {
            cancellation.Cancel();
            return never.Task;
        });

        Assert.That(
            () => AskAsync(new HubCall(HttpMethod.Get, stub.Url, s_patient), cancellation.Token),
            Throws.InstanceOf<OperationCanceledException>());
        never.SetResult();
    }

    [Test]
    public async Task Send_RefusedToken_IsRenewedOnce()
    {
        await using var stub = new HttpStub((context, _) => HttpStub.SayAsync(
            context, context.Request.Headers["Authorization"] == "Bearer new" ? 200 : 401, "{\"a\":\"b\"}"));
        var token = new RenewableToken("old", "new");

        Assert.That(
            await AskAsync(new HubCall(HttpMethod.Get, stub.Url, s_patient) { Token = token }), Is.EqualTo("b"));
        Assert.That(stub.Requests, Is.EqualTo(new[] { "GET / Bearer old", "GET / Bearer new" }));

        var refused = Assert.ThrowsAsync<HubFailure>(() => AskAsync(
            new HubCall(HttpMethod.Get, stub.Url, s_patient) { Token = new RenewableToken("old", "older") }))!;
        Assert.That(refused.Error, Is.EqualTo(CasError.Unauthorized));
    }

    [Test]
    [Covers("EC-229")]
    public async Task Send_RedirectElsewhere_DoesNotTakeTheTokenAlong()
    {
        await using var other = new HttpStub((context, _) => HttpStub.SayAsync(context, 200, "{\"a\":\"b\"}"));
        await using var stub = new HttpStub((context, _) =>
        {
            context.Response.RedirectLocation = other.Url + "there";
            return HttpStub.SayAsync(context, 302);
        });
        var call = new HubCall(HttpMethod.Get, stub.Url, s_patient) { Token = new RenewableToken("secret", "secret") };

        var failure = Assert.ThrowsAsync<HubFailure>(() => AskAsync(call))!;
        Assert.That(failure.Status, Is.EqualTo(302), "API calls follow nobody");

        Assert.That(await AskAsync(call with { FollowsRedirects = true }), Is.EqualTo("b"));
        Assert.That(other.Requests, Is.EqualTo(new[] { "GET /there" }));
    }

    [Test]
    public async Task Send_AnswerLongerThanItMayBe_IsRefused()
    {
        await using var stub = new HttpStub((context, _) => HttpStub.SayAsync(context, 200, new string('x', 5000)));

        Assert.That(
            () => _http.SendAsync(
                new HubCall(HttpMethod.Get, stub.Url, s_patient with { Budget = TimeSpan.Zero }),
                response => response.ReadAsync(4999), default),
            Throws.InstanceOf<HubFailure>().With.Message.Contains("longer than"));
    }

    private async Task<string> AskAsync(HubCall call, CancellationToken cancellationToken = default) =>
        await _http.SendAsync(
            call,
            async response =>
            {
                using var json = await response.ReadJsonAsync(1000);
                return new Answer(json.RootElement).Text("a");
            },
            cancellationToken);

    private sealed class RenewableToken(string first, string second) : ICallToken
    {
        private string _token = first;

        public ValueTask<string?> GetAsync(CancellationToken cancellationToken) => new(_token);

        public bool TryRenew(string? refused)
        {
            _token = second;
            return true;
        }
    }
}
