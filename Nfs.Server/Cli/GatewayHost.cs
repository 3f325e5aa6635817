using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Nfs.Server.Admin;
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
        OpenedStores.Check(settings);

        // From here on clients that come wait. One that is refused comes again after 3 s, then 6, then 12 (Linux).
        using var listener = BoundSocket.Listen(settings.Listen, Flags.Listen.Name);
        using var adminSocket = settings.Admin is { } admin ? BoundSocket.Bind(admin, Flags.Admin.Name) : null;
        await using var stores = await OpenedStores.OpenAsync(settings, clock, logs, stop).ConfigureAwait(false);
        settings = settings with { Exported = stores.Restrict(settings.Exported) };
        var state = stores.Root;

        var adminUrl = adminSocket is null ? null : $"http://{adminSocket.LocalEndPoint}/";
        using var view = new GatewayView(Describe(settings, stores, adminUrl), clock);
        await using var adminServer = await StartAdminAsync(view, adminSocket, state, logs, stop).ConfigureAwait(false);
        await using var files = await OpenedFiles.OpenAsync(
            stores, settings.Exported, OptionsOf(settings), clock, logs, stop).ConfigureAwait(false);

        await using var server = NfsServer.Start(
            listener, new NfsServerOptions { HandleKey = state.HandleKey }, files.Exports, clock, logs);
        try
        {
            view.BeginServing(files.Gateway, server.GetStatistics, server.LocalEndPoint.ToString());
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
        output.WriteLine(StopReport.Of(files.Gateway.GetStatus(), state.Path));
        output.Flush();
        watchdog.Start();
    }

    private static async Task DrainAsync(
        TimeSpan limit, OpenedFiles files, TimeProvider clock, CancellationToken hurry)
    {
        if (limit > TimeSpan.Zero)
        {
            using var timeout = new CancellationTokenSource(limit, clock);
            using var ends = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, hurry);
            await files.DrainAsync(ends.Token).ConfigureAwait(false);
        }
    }

    private static GatewayDescription Describe(ServeSettings settings, OpenedStores stores, string? adminUrl) => new()
    {
        StateDirectory = stores.Root.Path,
        StoreUrl = string.Join(", ", stores.All.Select(store => store.Store.Url)),
        Admin = adminUrl,
        Exports = [.. settings.Exported.Exports.Select(ExportText.StatusOf)],
    };

    private static GatewayOptions OptionsOf(ServeSettings settings) => new()
    {
        // What is kept in memory is bounded for the gateway, whatever the number of its stores.
        InodesMax = new GatewayOptions().InodesMax / settings.Exported.Stores.Count,
        ContentsMax = new GatewayOptions().ContentsMax / settings.Exported.Stores.Count,
        CacheBytesMax = settings.CacheBytesMax,
        IsFormInsensitive = settings.IsFormInsensitive,
        LocalNames = settings.LocalNames,
        FlushDebounce = settings.FlushDebounce,
        FlushMaxAge = settings.FlushMaxAge,
        ReadWaitMax = settings.Wait,
        GiveUpAfter = settings.GiveUp,
        PollInterval = settings.Poll,
        OnConflict = settings.OnConflict,
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

    private static void Announce(ServeSettings settings, IPEndPoint endPoint, string? adminUrl, TextWriter output)
    {
        foreach (var export in settings.Exported.Exports)
        {
            var lines = new MountLines(endPoint, export.Rules);
            output.WriteLine($"Linux:  {lines.Linux}");
            output.WriteLine($"macOS:  {lines.MacOs}");
            output.WriteLine($"fstab:  {lines.Fstab}");
        }

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
