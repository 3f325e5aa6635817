using System.Net;
using System.Net.Sockets;
using Cas.Client;
using Microsoft.Extensions.Logging;
using Nfs.Server.Admin;
using Nfs.Server.Transport;
using Vfs.Core;

namespace Nfs.Server.Cli;

/// <summary>
/// Puts the layers together and takes them apart again. What can be refused is refused first: state, ports and store
/// are looked at before anything is written. Each layer is disposed before the ones that it stands on; the admin
/// address answers from before recovery until everything is durable.
/// </summary>
internal static class GatewayHost
{
    // Calls that wait for the store are given up after it; short enough for service managers.
    private static readonly TimeSpan s_callsGrace = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Runs until <paramref name="stop"/>; returns when everything is durable and closed. Until
    /// <paramref name="hurry"/> it sends what is not in the store yet, for as long as the settings say.
    /// </summary>
    public static async Task RunAsync(
        ServeSettings settings, TextWriter output, TimeProvider clock, ILoggerFactory logs, CancellationToken stop,
        CancellationToken hurry)
    {
        using var watchdog = new ExitWatchdog();
        StateDirectory.Check(settings.State);
        BoundSocket.Probe(settings.Listen, Flags.Listen.Name);
        using var adminSocket = settings.Admin is { } admin ? BoundSocket.Bind(admin, Flags.Admin.Name) : null;

        // A store whose disk is not mounted must not become a new one.
        var identity = GatewayFileSystem.FindStoreIdentity(settings.State);
        await using var store = await StoreOpener.OpenStoreAsync(settings.Store, clock, logs, stop, identity)
            .ConfigureAwait(false);
        using var state = StateDirectory.Open(settings.State);

        var adminUrl = adminSocket is null ? null : $"http://{adminSocket.LocalEndPoint}/";
        using var view = new GatewayView(Describe(settings, state, store, adminUrl), clock);
        await using var adminServer = await StartAdminAsync(view, adminSocket, state, logs, stop).ConfigureAwait(false);
        await using var files = await GatewayFileSystem.OpenAsync(
            state, store, OptionsOf(settings), clock, logs, stop).ConfigureAwait(false);

        await using var server = StartServer(settings, state, files, clock, logs);
        try
        {
            view.BeginServing(files, server.GetStatistics, server.LocalEndPoint.ToString());
            Announce(settings, server.LocalEndPoint, adminUrl, output);
            await UntilAsync(stop).ConfigureAwait(false);
        }
        finally
        {
            Log.Stopping(logs.CreateLogger(typeof(GatewayHost)));
            view.BeginStopping();
            await server.StopAsync(s_callsGrace).ConfigureAwait(false);
        }

        await DrainAsync(settings.Drain, files, clock, hurry).ConfigureAwait(false);
        await files.StopAsync().ConfigureAwait(false);
        output.WriteLine(StopReport.Of(files.GetStatus(), state.Path));
        output.Flush();
        watchdog.Start();
    }

    private static async Task DrainAsync(
        TimeSpan limit, GatewayFileSystem files, TimeProvider clock, CancellationToken hurry)
    {
        if (limit > TimeSpan.Zero)
        {
            using var timeout = new CancellationTokenSource(limit, clock);
            using var ends = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, hurry);
            await files.DrainAsync(ends.Token).ConfigureAwait(false);
        }
    }

    private static GatewayDescription Describe(
        ServeSettings settings, StateDirectory state, IStore store, string? adminUrl) => new()
        {
            StateDirectory = state.Path,
            StoreUrl = store.Url,
            Admin = adminUrl,
            Export = new ExportStatus(
                settings.Export.Path, settings.Export.IsReadOnly, settings.Export.Squash.ToString().ToLowerInvariant()),
        };

    private static GatewayOptions OptionsOf(ServeSettings settings) => new()
    {
        CacheBytesMax = settings.CacheBytesMax,
        FlushDebounce = settings.FlushDebounce,
        FlushMaxAge = settings.FlushMaxAge,
        ReadWaitMax = settings.Wait,
        GiveUpAfter = settings.GiveUp,
    };

    private static async Task<AdminServer> StartAdminAsync(
        GatewayView view, Socket? tcp, StateDirectory state, ILoggerFactory logs, CancellationToken cancellationToken)
    {
        try
        {
            return await AdminServer.StartAsync(view, tcp, state.ControlSocketPath, logs, cancellationToken)
                .ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or SocketException or UnauthorizedAccessException)
        {
            throw new UsageException($"The admin address or the control socket cannot be opened: {e.Message}");
        }
    }

    private static NfsServer StartServer(
        ServeSettings settings, StateDirectory state, GatewayFileSystem files, TimeProvider clock, ILoggerFactory logs)
    {
        try
        {
            return NfsServer.Start(
                new NfsServerOptions
                {
                    Listen = settings.Listen,
                    Export = settings.Export,
                    HandleKey = state.HandleKey,
                },
                files, clock, logs);
        }
        catch (ListenException e)
        {
            throw new UsageException(e.Message);
        }
    }

    private static void Announce(ServeSettings settings, IPEndPoint endPoint, string? adminUrl, TextWriter output)
    {
        var lines = new MountLines(endPoint, settings.Export.Path);
        output.WriteLine($"Linux:  {lines.Linux}");
        output.WriteLine($"macOS:  {lines.MacOs}");
        output.WriteLine($"fstab:  {lines.Fstab}");
        output.WriteLine($"status: {adminUrl ?? "nfsgw status --state " + settings.State}");
        output.WriteLine($"nfsgw {ProductVersion.Text} is ready on {endPoint}; Ctrl-C stops it.");
        output.Flush();
    }

    private static async Task UntilAsync(CancellationToken stop)
    {
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = stop.UnsafeRegister(
            static state => ((TaskCompletionSource)state!).TrySetResult(), stopped).ConfigureAwait(false);
        await stopped.Task.ConfigureAwait(false);
    }
}
