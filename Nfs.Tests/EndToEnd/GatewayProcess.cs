using System.Net.Sockets;
using System.Net;
using System.Text.RegularExpressions;
using NUnit.Framework;
using Nfs.Tests.Fixtures;

namespace Nfs.Tests.EndToEnd;

/// <summary>
/// The real gateway on free loopback ports, with a state directory and a store of its own. It can be killed, stopped
/// and started again on the same state, store and port.
/// </summary>
internal sealed partial class GatewayProcess : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan SyncDeadline = TimeSpan.FromMinutes(5);
    private static readonly HttpClient Admin = new() { Timeout = TimeSpan.FromSeconds(10) };

    private readonly TemporaryDirectory _directory = new();
    private readonly string[] _flags;
    private ChildProcess? _process;

    private GatewayProcess(string? storeUrl, string[] flags)
    {
        _flags = flags;
        Directory.CreateDirectory(Store);
        StoreUrl = storeUrl ?? $"file://{Store}";
    }

    public int Port { get; } = FreePort();

    public int AdminPort { get; } = FreePort();

    public string State => _directory["state"];

    public string Store => _directory["store"];

    public string StoreUrl { get; }

    /// <summary>The running process's standard error and output, for the message of a failed test.</summary>
    public string Log => _process?.Described() ?? "(not running)";

    public int ProcessId => Running.Id;

    private ChildProcess Running => _process ?? throw new InvalidOperationException("The gateway is not running.");

    /// <param name="flags">Of serve, beside where everything is.</param>
    public static Task<GatewayProcess> StartAsync(params string[] flags) => StartOnAsync(null, flags);

    /// <summary>The same on a store of the caller's, if it is named.</summary>
    public static async Task<GatewayProcess> StartOnAsync(string? storeUrl, params string[] flags)
    {
        var gateway = new GatewayProcess(storeUrl, flags);
        try
        {
            await gateway.StartAgainAsync().ConfigureAwait(false);
            return gateway;
        }
        catch
        {
            gateway.Dispose();
            throw;
        }
    }

    /// <summary>Serves on the same state, store and port; returns when clients are served.</summary>
    public async Task StartAgainAsync()
    {
        Launch();
        await UntilReadyAsync().ConfigureAwait(false);
    }

    /// <summary>Starts on the same state, store and port, and does not wait.</summary>
    public void Launch()
    {
        _process?.Dispose();
        _process = ChildProcess.Start(Repository.Gateway, [
            "serve", "--state", State, "--store", StoreUrl, "--listen", $"127.0.0.1:{Port}",
            "--admin", $"127.0.0.1:{AdminPort}", .. _flags]);
    }

    /// <summary>Returns when clients are served.</summary>
    public async Task UntilReadyAsync()
    {
        using var deadline = new CancellationTokenSource(Deadline);
        while (!await IsReadyAsync(deadline.Token).ConfigureAwait(false))
        {
            Assert.That(Running.HasExited, Is.False, () => "the gateway ended while starting: " + Log);
            Assert.That(deadline.IsCancellationRequested, Is.False, () => "the gateway does not get ready: " + Log);
            await Task.Delay(20, CancellationToken.None).ConfigureAwait(false);
        }
    }

    /// <summary>Whether clients are served.</summary>
    public async Task<bool> IsReadyAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await Admin
                .GetAsync(new Uri($"http://127.0.0.1:{AdminPort}/readyz"), cancellationToken).ConfigureAwait(false);
            return answer.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>As a crash of the machine's process table would: no chance to tidy up.</summary>
    public async Task KillAsync()
    {
        Running.Signal(ChildProcess.SigKill);
        var outcome = await Running.WaitForExitAsync(Deadline).ConfigureAwait(false);
        Assert.That(outcome.ExitCode, Is.EqualTo(128 + ChildProcess.SigKill), () => "it ended by itself: " + Log);
    }

    /// <summary>
    /// As an operator would: the gateway ends by itself, and says that all went well. Returns its last line.
    /// </summary>
    public Task<string> StopAsync()
    {
        AskToStop();
        return WaitForStopAsync();
    }

    /// <summary>The first half of <see cref="StopAsync"/>.</summary>
    public void AskToStop() => Running.Signal(ChildProcess.SigTerm);

    /// <summary>The second half of <see cref="StopAsync"/>.</summary>
    public async Task<string> WaitForStopAsync()
    {
        var outcome = await Running.WaitForExitAsync(Deadline).ConfigureAwait(false);
        Assert.That(outcome.ExitCode, Is.Zero, () => "exit code of a clean stop: " + Log);
        return outcome.Lines[^1];
    }

    /// <summary>Forgets everything local: what is left is what the store has.</summary>
    public void DeleteState() => Directory.Delete(State, recursive: true);

    public async Task<GatewayFigures> StatusAsync() =>
        GatewayFigures.Parse(await CommandAsync("status", "--json").ConfigureAwait(false));

    /// <summary>Returns when the figures are as wanted.</summary>
    public async Task UntilAsync(Func<GatewayFigures, bool> wanted)
    {
        using var deadline = new CancellationTokenSource(Deadline);
        while (!wanted(await StatusAsync().ConfigureAwait(false)))
        {
            Assert.That(deadline.IsCancellationRequested, Is.False, () => "the figures never came: " + Log);
        }
    }

    /// <summary>
    /// What this process has told clients and must not while the store answers and nobody removes what another uses:
    /// that an object is stale, that they shall ask again, that something went wrong. One text a status.
    /// </summary>
    public async Task<IReadOnlyList<string>> UndueErrorsAsync()
    {
        var metrics = await Admin.GetStringAsync(new Uri($"http://127.0.0.1:{AdminPort}/metrics"))
            .ConfigureAwait(false);
        return [.. UndueErrorLine().Matches(metrics).Select(match => match.Value)];
    }

    /// <summary>The lines of <c>nfsgw sync</c>, which has to succeed.</summary>
    public async Task<IReadOnlyList<string>> SyncAsync(params string[] path) =>
        (await CommandAsync("sync", path).ConfigureAwait(false)).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    public Task EvictAsync(params string[] path) => CommandAsync("evict", path);

    public void Dispose()
    {
        _process?.Dispose();
        _directory.Dispose();
    }

    internal static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private async Task<string> CommandAsync(string command, params string[] arguments)
    {
        var outcome = await ChildProcess
            .RunAsync(Repository.Gateway, [command, "--state", State, .. arguments], SyncDeadline)
            .ConfigureAwait(false);
        Assert.That(
            outcome.ExitCode, Is.Zero,
            () => $"nfsgw {command}: {outcome.Error}\n{outcome.Output}\nthe gateway: {Log}");
        return outcome.Output;
    }

    [GeneratedRegex(
        """(?<=^nfsgw_errors_total\{status=")NFS3ERR_(STALE|BADHANDLE|JUKEBOX|IO|SERVERFAULT)"} [0-9]+$""",
        RegexOptions.Multiline)]
    private static partial Regex UndueErrorLine();
}
