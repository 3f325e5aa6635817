using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Nfs.Server.Admin;

/// <summary>
/// The web server for operators: one application on two kinds of listener. Over TCP it answers questions; over the
/// control socket, which only the state's owner can reach, it also takes commands.
/// </summary>
internal sealed class AdminServer : IAsyncDisposable
{
    private const int ConnectionsMax = 64;
    private const int RequestBytesMax = 16 << 10;
    private static readonly TimeSpan s_stopMax = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_headersMax = TimeSpan.FromSeconds(5);

    private readonly WebApplication _application;
    private readonly ControlSocket _control;

    private AdminServer(WebApplication application, ControlSocket control)
    {
        _application = application;
        _control = control;
    }

    /// <summary>
    /// Starts to answer. <paramref name="tcp"/> is bound and not listening, or null for no TCP address; it is owned
    /// from here on. Throws IOException or SocketException if the control socket cannot be made.
    /// </summary>
    public static async Task<AdminServer> StartAsync(
        GatewayView view, Socket? tcp, string controlPath, ILoggerFactory logs, CancellationToken cancellationToken)
    {
        var control = new ControlSocket(controlPath);
        Socket? controlListener = null;
        try
        {
            controlListener = control.Bind();
            var application = Build(view, tcp, control, controlListener, logs);
            await application.StartAsync(cancellationToken).ConfigureAwait(false);
            return new AdminServer(application, control);
        }
        catch
        {
            controlListener?.Dispose();
            tcp?.Dispose();
            control.Dispose();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        using (var limit = new CancellationTokenSource(s_stopMax))
        {
            await _application.StopAsync(limit.Token).ConfigureAwait(false);
        }

        await _application.DisposeAsync().ConfigureAwait(false);
        File.Delete(_control.Address);
        _control.Dispose();
    }

    private static WebApplication Build(
        GatewayView view, Socket? tcp, ControlSocket control, Socket controlListener, ILoggerFactory logs)
    {
        // Empty: nothing is read from the environment or from files in the current directory.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(logs);
        builder.Services.AddSingleton<IHostLifetime, OwnedLifetime>();
        builder.Services.AddRoutingCore();
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = s_stopMax);
        builder.WebHost.UseKestrelCore();
        builder.WebHost.UseSockets(options => options.CreateBoundListenSocket =
            endPoint => endPoint is UnixDomainSocketEndPoint ? controlListener : tcp!);
        builder.WebHost.ConfigureKestrel(options =>
        {
            SetLimits(options);
            options.ListenUnixSocket(control.Address, MarkAsControl);
            if (tcp?.LocalEndPoint is IPEndPoint endPoint)
            {
                options.Listen(endPoint, listen => listen.Protocols = HttpProtocols.Http1);
            }
        });

        var application = builder.Build();
        application.MapWhen(
            IsControl, branch => branch.UseRouting().UseEndpoints(routes => ControlEndpoints.Map(routes, view)));
        application.MapWhen(
            context => !IsControl(context),
            branch => branch.UseRouting().UseEndpoints(routes => PublicEndpoints.Map(routes, view)));
        return application;
    }

    private static bool IsControl(HttpContext context) => context.Features.Get<ControlConnection>() is not null;

    private static void SetLimits(KestrelServerOptions options)
    {
        options.AddServerHeader = false;
        options.Limits.MaxConcurrentConnections = ConnectionsMax;
        options.Limits.MaxRequestBodySize = RequestBytesMax;
        options.Limits.RequestHeadersTimeout = s_headersMax;
    }

    private static void MarkAsControl(ListenOptions listen)
    {
        listen.Protocols = HttpProtocols.Http1;
        listen.Use(next => connection =>
        {
            connection.Features.Set(ControlConnection.Instance);
            return next(connection);
        });
    }

    /// <summary>On a connection that came through the control socket.</summary>
    private sealed class ControlConnection
    {
        public static ControlConnection Instance { get; } = new();
    }

    /// <summary>The gateway decides when this server ends; signals are not its business.</summary>
    private sealed class OwnedLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
