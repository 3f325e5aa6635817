using System.Globalization;
using Cas.Client.Backends.Hub.Http;
using Nfs.Tests.Fixtures;
using NUnit.Framework;

namespace Nfs.Tests.Cas.Backends.Hub.Http;

// If these fail, a gateway stops working when a token ends, asks for tokens all the time, or shows one to a stranger.
public sealed class TokenTests
{
    private readonly ManualClock _clock = new();
    private HubHttp _http = null!;

    [SetUp]
    public void SetUp() => _http = new HubHttp(TimeProvider.System);

    [TearDown]
    public void TearDown() => _http.Dispose();

    [Test]
    public async Task GetToken_ManyAtOnce_AskOnceAndShare()
    {
        var released = new TaskCompletionSource();
        await using var stub = new HttpStub(async (context, _) =>
        {
            await released.Task;
            await SayTokenAsync(context, "one", TimeSpan.FromMinutes(15));
        });
        var tokens = Tokens(stub);

        var asking = Enumerable.Range(0, 20).Select(_ => tokens.GetTokenAsync(default)).ToList();
        using var gone = new CancellationTokenSource();
        var leaving = tokens.GetTokenAsync(gone.Token);
        await gone.CancelAsync();
        released.SetResult();

        Assert.That((await Task.WhenAll(asking)).Select(token => token.Value), Is.All.EqualTo("one"));
        Assert.That(() => leaving, Throws.InstanceOf<OperationCanceledException>());
        Assert.That(stub.Requests, Has.Count.EqualTo(1));
    }

    [TestCase(900, 839, 841, Description = "a minute before its end")]
    [TestCase(60, 29, 31, Description = "half-way if it is short")]
    [TestCase(-5, 4, 6, Description = "not all the time if it has ended")]
    public async Task GetToken_IsRenewedBeforeItEnds(int life, int kept, int renewed)
    {
        await using var stub = new HttpStub((context, number) => SayTokenAsync(
            context, $"t{number}", TimeSpan.FromSeconds(life)));
        var tokens = Tokens(stub);

        // Asking takes a second request if the machine is slow: only whether the token stays is looked at.
        var first = (await tokens.GetTokenAsync(default)).Value;
        _clock.Advance(TimeSpan.FromSeconds(kept));
        Assert.That((await tokens.GetTokenAsync(default)).Value, Is.EqualTo(first));
        _clock.Advance(TimeSpan.FromSeconds(renewed - kept));
        Assert.That((await tokens.GetTokenAsync(default)).Value, Is.Not.EqualTo(first));
    }

    [Test]
    public async Task TryRenew_OnlyTheRefusedOneIsDropped()
    {
        await using var stub = new HttpStub((context, number) => SayTokenAsync(
            context, $"t{number}", TimeSpan.FromHours(1)));
        var tokens = Tokens(stub);
        await tokens.GetTokenAsync(default);

        tokens.TryRenew("an older one");
        Assert.That((await tokens.GetTokenAsync(default)).Value, Is.EqualTo("t1"));
        tokens.TryRenew("t1");
        Assert.That((await tokens.GetTokenAsync(default)).Value, Is.EqualTo("t2"));
    }

    [Test]
    public async Task GetToken_HubAwayForAMoment_IsAskedAgainLater()
    {
        var status = 403;
        await using var stub = new HttpStub((context, number) => status == 200
            ? SayTokenAsync(context, "now", TimeSpan.FromHours(1))
            : HttpStub.SayAsync(context, status));
        var tokens = Tokens(stub);

        Assert.ThrowsAsync<HubFailure>(() => tokens.GetTokenAsync(default));
        status = 200;

        Assert.That((await tokens.GetTokenAsync(default)).Value, Is.EqualTo("now"));
    }

    [TestCase("https://hub", "http://cas/", Description = "nobody would see that the line is open")]
    [TestCase("https://hub", "file:///etc/passwd")]
    [TestCase("https://hub", "https://user@cas/")]
    [TestCase("https://hub", null)]
    [Covers("EC-229")]
    public void Follow_WhereATokenMustNotGo_IsRefused(string basis, string? named) =>
        Assert.That(() => Origin.Follow(new Uri(basis), named), Throws.InstanceOf<HubFailure>());

    [TestCase("https://hub/a", "https://HUB:443/b", true)]
    [TestCase("https://hub/a", "https://hub:444/b", false)]
    [TestCase("https://hub/a", "http://hub/b", false)]
    [TestCase("https://hub/a", "https://hub.evil/b", false)]
    [Covers("EC-229")]
    public void IsSame_SchemeHostAndPort(string a, string b, bool isSame) =>
        Assert.That(Origin.IsSame(new Uri(a), new Uri(b)), Is.EqualTo(isSame));

    [Test]
    [Covers("EC-228")]
    public async Task HubToken_OfAFile_IsReadAgainWhenItChanges()
    {
        using var directory = new TemporaryDirectory();
        var path = Path.Join(directory.Path, "token");
        var token = new HubToken("given", path);

        Assert.That(await token.GetAsync(default), Is.EqualTo("given"), "there is no file");
        await File.WriteAllTextAsync(path, "hf_first\n");
        Assert.That(await token.GetAsync(default), Is.EqualTo("hf_first"));
        await File.WriteAllTextAsync(path, "hf_the_second\n");
        Assert.That(await token.GetAsync(default), Is.EqualTo("hf_the_second"));
        Assert.That(token.TryRenew("hf_first"), Is.True);
        Assert.That(token.TryRenew("hf_the_second"), Is.False);
        File.Delete(path);
        Assert.That(await token.GetAsync(default), Is.EqualTo("hf_the_second"), "it is being replaced");
        await File.WriteAllTextAsync(path, string.Empty);
        Assert.That(await token.GetAsync(default), Is.EqualTo("given"), "nothing is in it");
        await File.WriteAllTextAsync(path, "a\r\nX-Evil: b");
        Assert.That(await token.GetAsync(default), Is.EqualTo("given"), "no header is made of it");
    }

    [Test]
    public async Task HubToken_NoneAtAll() => Assert.That(await new HubToken(null, null).GetAsync(default), Is.Null);

    private Task SayTokenAsync(System.Net.HttpListenerContext context, string value, TimeSpan life)
    {
        var exp = (_clock.GetUtcNow() + life).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        return HttpStub.SayAsync(
            context, 200, $"{{\"casUrl\":\"http://cas.test\",\"accessToken\":\"{value}\",\"exp\":{exp}}}");
    }

    private CasTokens Tokens(HttpStub stub) =>
        new(_http, new HubCall(HttpMethod.Get, stub.Url, CallLimits.Question), _clock);
}
