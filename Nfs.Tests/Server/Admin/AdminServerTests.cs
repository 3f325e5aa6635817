using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Moq;
using Nfs.Server.Admin;
using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Vfs.Core;

namespace Nfs.Tests.Server.Admin;

// If these fail, an orchestrator kills a healthy gateway or sends work to a dead one, or anybody on the machine can
// make the gateway do things.
public sealed class AdminServerTests
{
    private TemporaryDirectory _temp = null!;
    private Mock<IGateway> _gateway = null!;
    private GatewayView _view = null!;
    private AdminServer _server = null!;
    private HttpClient _http = null!;

    [SetUp]
    public async Task SetUpAsync()
    {
        _temp = new TemporaryDirectory();
        _gateway = new Mock<IGateway>(MockBehavior.Strict);
        _gateway.Setup(gateway => gateway.GetStatus()).Returns(Statuses.Files with { StoreReachable = true });
        _view = new GatewayView(Statuses.Description, TimeProvider.System);
        var tcp = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        tcp.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _http = new HttpClient { BaseAddress = new Uri($"http://{tcp.LocalEndPoint}/") };
        _server = await AdminServer.StartAsync(
            _view, tcp, _temp["control.sock"], NullLoggerFactory.Instance, CancellationToken.None);
    }

    [TearDown]
    public async Task TearDownAsync()
    {
        _http.Dispose();
        await _server.DisposeAsync();
        _view.Dispose();
        _temp.Dispose();
    }

    [Test]
    public async Task Ready_FollowsTheLifeOfTheGateway()
    {
        await ExpectReadyzAsync(503, "starting");

        Serve();
        await ExpectReadyzAsync(200, "ready since");

        _gateway.Setup(gateway => gateway.GetStatus()).Returns(Statuses.Files);
        await ExpectReadyzAsync(503, "not ready since 2026-01-02T03:04:05");
        await ExpectReadyzAsync(503, "no route to <host>");

        _view.BeginStopping();
        await ExpectReadyzAsync(503, "stopping");
    }

    [Test]
    public async Task Health_IsFineInEveryPhase()
    {
        Assert.That(await GetAsync("healthz"), Is.EqualTo((200, "ok\n")));
        _view.BeginStopping();
        Assert.That(await GetAsync("healthz"), Is.EqualTo((200, "ok\n")));
    }

    [Test]
    public async Task Metrics_HaveTheirContentType()
    {
        Serve();

        using var response = await _http.GetAsync("metrics");

        Assert.That(
            response.Content.Headers.ContentType!.ToString(), Is.EqualTo("text/plain; version=0.0.4; charset=utf-8"));
        Assert.That(
            await response.Content.ReadAsStringAsync(),
            Does.Contain("nfsgw_calls_total{procedure=\"LOOKUP\"} 1\n"));
    }

    [Test]
    public async Task Page_IsEscapedAndHasNoScripts()
    {
        Serve();

        var (status, page) = await GetAsync("");

        Assert.That(status, Is.EqualTo(200));
        Assert.That(page, Does.Contain("no route to &lt;host&gt;"));
        Assert.That(page, Does.Not.Contain("<script").And.Not.Contain("<host>"));
    }

    [TestCase("GET", "status")]
    [TestCase("POST", "status")]
    [TestCase("POST", "sync")]
    [TestCase("POST", "evict")]
    [TestCase("POST", "metrics")]
    [TestCase("DELETE", "")]
    public async Task Tcp_TakesNoCommands(string method, string route)
    {
        Serve();
        using var request = new HttpRequestMessage(new HttpMethod(method), route);

        using var response = await _http.SendAsync(request);

        Assert.That((int)response.StatusCode, Is.EqualTo(404).Or.EqualTo(405));
        _gateway.Verify(
            gateway => gateway.SyncAsync(It.IsAny<ReadOnlyMemory<byte>>(), It.IsAny<CancellationToken>()), Times.Never);
    }

    [Test]
    public void ControlSocket_IsForItsOwnerAlone() => Assert.That(
        File.GetUnixFileMode(_temp["control.sock"]), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));

    [Test]
    public async Task ControlSocket_IsGoneAfterwards()
    {
        await _server.DisposeAsync();

        Assert.That(File.Exists(_temp["control.sock"]), Is.False);
    }

    private async Task ExpectReadyzAsync(int status, string text)
    {
        var answer = await GetAsync("readyz");
        Assert.That(answer.Status, Is.EqualTo(status), answer.Body);
        Assert.That(answer.Body, Does.Contain(text));
    }

    private void Serve() => _view.BeginServing(_gateway.Object, () => Statuses.Wire, "127.0.0.1:2049");

    private async Task<(int Status, string Body)> GetAsync(string route)
    {
        using var response = await _http.GetAsync(route);
        return ((int)response.StatusCode, Encoding.UTF8.GetString(await response.Content.ReadAsByteArrayAsync()));
    }
}
