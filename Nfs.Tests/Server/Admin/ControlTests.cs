using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Moq;
using Nfs.Server.Admin;
using Nfs.Server.Cli;
using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Vfs.Core;

namespace Nfs.Tests.Server.Admin;

// If these fail, sync says that files are in the store when they are not, or the commands do not find the gateway.
public sealed class ControlTests
{
    private TemporaryDirectory _temp = null!;
    private Mock<IGateway> _gateway = null!;
    private GatewayView _view = null!;
    private StringWriter _output = null!;
    private StringWriter _error = null!;
    private string _state = null!;

    [SetUp]
    public void SetUp()
    {
        _temp = new TemporaryDirectory();
        _state = _temp.Path;
        _gateway = new Mock<IGateway>(MockBehavior.Strict);
        _gateway.Setup(gateway => gateway.GetStatus()).Returns(Statuses.Files);
        _view = new GatewayView(Statuses.Description, TimeProvider.System);
        _view.BeginServing(_gateway.Object, () => Statuses.Wire, "127.0.0.1:2049");
        _output = new StringWriter();
        _error = new StringWriter();
    }

    [TearDown]
    public void TearDown()
    {
        _view.Dispose();
        _temp.Dispose();
    }

    [Test]
    public async Task Status_Json_HasItsPromisedNames()
    {
        await using var server = await StartAsync();

        Assert.That(await RunAsync("status", "--json"), Is.Zero);

        using var json = JsonDocument.Parse(_output.ToString());
        var root = json.RootElement;
        Assert.That(root.EnumerateObject().Select(field => field.Name), Is.EquivalentTo(
        [
            "version", "process_id", "phase", "ready", "ready_reason", "ready_since", "started", "uptime_seconds",
            "state_directory", "listen", "admin", "exports", "connections", "calls_in_flight", "oldest_call_seconds",
            "calls", "received_bytes", "sent_bytes", "dirty_bytes", "dirty_files", "oldest_dirty_seconds", "queue",
            "local_bytes", "local_files", "local_changes",
            "cache_bytes", "cache_bytes_max", "store", "fetched_bytes", "stored_bytes", "conflicts",
            "remote_changes", "inodes", "memory_bytes",
        ]));
        Assert.That(root.GetProperty("dirty_bytes").GetUInt64(), Is.EqualTo(12345));
        Assert.That(root.GetProperty("stored_bytes").GetUInt64(), Is.EqualTo(ulong.MaxValue));
        Assert.That(root.GetProperty("oldest_dirty_seconds").GetDouble(), Is.EqualTo(4.5));
        Assert.That(root.GetProperty("oldest_call_seconds").ValueKind, Is.EqualTo(JsonValueKind.Null));
        Assert.That(root.GetProperty("calls").GetUInt64(), Is.EqualTo(8));
        Assert.That(root.GetProperty("exports")[0].GetProperty("read_only").GetBoolean(), Is.True);
        Assert.That(root.GetProperty("store").GetProperty("reachable").GetBoolean(), Is.False);
        Assert.That(root.GetProperty("store").GetProperty("since").GetDateTimeOffset(), Is.EqualTo(Statuses.Since));
    }

    [Test]
    public async Task Status_ForPeople_TellsWhatMatters()
    {
        await using var server = await StartAsync();

        Assert.That(await RunAsync("status"), Is.Zero);

        Assert.That(_output.ToString(), Does.Contain("NOT ready since 2026-01-02 03:04:05Z"));
        Assert.That(_output.ToString(), Does.Contain("12.06 KiB in 3 files, oldest 4.5s"));
        Assert.That(_output.ToString(), Does.Contain("AWAY since").And.Contain("no route to <host>"));
        Assert.That(_output.ToString(), Does.Contain("/x (read-only, squash root, for 10.0.0.0/8)"));
    }

    [Test]
    public async Task Sync_PrintsOneLineAFile()
    {
        SetUpSync("a/b", [new SyncedFile("a/b/one", 5, "00ff", null), new SyncedFile("a/b/tw\no", 0, "", null)]);
        await using var server = await StartAsync();

        Assert.That(await RunAsync("sync", "/a/b"), Is.Zero);

        Assert.That(_output.ToString(), Is.EqualTo("a/b/one\t5\t00ff\na/b/tw\\u000ao\t0\t\n"));
        Assert.That(_error.ToString(), Is.Empty);
    }

    [Test]
    public async Task Sync_OfManyFiles_PrintsThemAll()
    {
        SetUpSync("", [.. Enumerable.Range(0, 10_000).Select(i => new SyncedFile($"file-{i}", (ulong)i, "00", null))]);
        await using var server = await StartAsync();

        Assert.That(await RunAsync("sync"), Is.Zero);

        var lines = _output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.That(lines, Has.Length.EqualTo(10_000));
        Assert.That(lines[^1], Is.EqualTo("file-9999\t9999\t00"));
    }

    [Test]
    public async Task Sync_WithAFileThatCannotBeStored_Fails()
    {
        SetUpSync("", [new SyncedFile("good", 5, "00ff", null), new SyncedFile("bad", 6, "", "the store is full")]);
        await using var server = await StartAsync();

        Assert.That(await RunAsync("sync"), Is.EqualTo(1));

        Assert.That(_output.ToString(), Is.EqualTo("good\t5\t00ff\n"));
        Assert.That(_error.ToString(), Is.EqualTo("bad is not in the store: the store is full\n"));
    }

    [TestCase("sync")]
    [TestCase("evict")]
    public async Task MissingPath_IsOneSentence(string command)
    {
        _gateway.Setup(gateway => gateway.SyncAsync(It.IsAny<ReadOnlyMemory<byte>>(), It.IsAny<CancellationToken>()))
            .ReturnsAsync(VfsError.NoEnt);
        _gateway.Setup(gateway => gateway.EvictAsync(It.IsAny<ReadOnlyMemory<byte>>(), It.IsAny<CancellationToken>()))
            .ReturnsAsync(VfsError.NoEnt);
        await using var server = await StartAsync();

        Assert.That(await RunAsync(command, "/nowhere"), Is.EqualTo(1));
        Assert.That(_error.ToString(), Is.EqualTo("nfsgw: There is no such path in the gateway.\n"));
    }

    [Test]
    public async Task Sync_WhenTheGatewayStops_Fails()
    {
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _gateway.Setup(gateway => gateway.SyncAsync(It.IsAny<ReadOnlyMemory<byte>>(), It.IsAny<CancellationToken>()))
            .Returns(async (ReadOnlyMemory<byte> _, CancellationToken cancellationToken) =>
            {
                begun.SetResult();
                await Task.Delay(Timeout.Infinite, cancellationToken);
                return VfsError.None;
            });
        await using var server = await StartAsync();

        var sync = RunAsync("sync");
        await begun.Task;
        _view.BeginStopping();

        Assert.That(await sync.WaitAsync(TimeSpan.FromSeconds(30)), Is.EqualTo(1));
        Assert.That(_error.ToString(), Does.Contain("stopping"));
    }

    [Test]
    public async Task Sync_CutOffAnswer_IsNoSuccess()
    {
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(StateDirectory.ControlSocketPathOf(_state)));
        listener.Listen();
        var answered = Task.Run(async () =>
        {
            using var connection = await listener.AcceptAsync();
            await connection.ReceiveAsync(new byte[4096]);
            await connection.SendAsync(Encoding.ASCII.GetBytes(
                "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
                + "{\"file\":{\"path\":\"a\",\"size\":1,\"hash\":\"00\",\"failure\":null},\"summary\":null}\n"));
            connection.Shutdown(SocketShutdown.Both);
        });

        Assert.That(await RunAsync("sync"), Is.EqualTo(1));

        await answered;
        Assert.That(_error.ToString(), Does.Contain("stopped before its answer was complete"));
    }

    [Test]
    public async Task Evict_TellsHowMuch()
    {
        _gateway.Setup(gateway => gateway.EvictAsync(
            It.Is<ReadOnlyMemory<byte>>(path => Text(path) == "vidéos"),
            It.IsAny<CancellationToken>())).ReturnsAsync(3UL << 20);
        await using var server = await StartAsync();

        Assert.That(await RunAsync("evict", "/vidéos"), Is.Zero);
        Assert.That(_output.ToString(), Is.EqualTo("3145728 bytes dropped from the cache (3 MiB)\n"));
    }

    [Test]
    public async Task StaleSocket_IsReplaced()
    {
        var path = StateDirectory.ControlSocketPathOf(_state);
        using (var killed = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            killed.Bind(new UnixDomainSocketEndPoint(path));
            File.Move(path, path + ".moved");
        }

        File.Move(path + ".moved", path);
        Assert.That(await RunAsync("status"), Is.EqualTo(1));
        Assert.That(_error.ToString(), Does.Contain("No gateway runs"));

        await using var server = await StartAsync();

        Assert.That(await RunAsync("status"), Is.Zero);
    }

    [Test]
    public async Task LongStatePath_Works()
    {
        _state = Path.Combine(_temp.Path, new string('d', 120), "state");
        Directory.CreateDirectory(_state);
        await using var server = await StartAsync();

        Assert.That(await RunAsync("status"), Is.Zero, _error.ToString());
    }

    private static string Text(ReadOnlyMemory<byte> path) => Encoding.UTF8.GetString(path.Span);

    private void SetUpSync(string path, SyncedFile[] files) => _gateway.Setup(gateway => gateway.SyncAsync(
            It.Is<ReadOnlyMemory<byte>>(given => Text(given) == path),
            It.IsAny<CancellationToken>()))
        .ReturnsAsync(new VfsResult<IReadOnlyList<SyncedFile>>(VfsError.None, files));

    private Task<AdminServer> StartAsync() => AdminServer.StartAsync(
        _view, null, StateDirectory.ControlSocketPathOf(_state), NullLoggerFactory.Instance, CancellationToken.None);

    private Task<int> RunAsync(string command, params string[] arguments) =>
        new CommandLine(_ => null, _output, _error, () => Stream.Null, TimeProvider.System)
            .RunAsync([command, "--state", _state, .. arguments]);
}
