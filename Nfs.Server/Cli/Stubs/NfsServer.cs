using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Nfs.Server.Exports;

namespace Nfs.Server;

public sealed record NfsServerOptions
{
    public required IPEndPoint Listen { get; init; }

    public required Export Export { get; init; }

    public required byte[] HandleKey { get; init; }
}

public sealed class NfsServer : IAsyncDisposable
{
    private readonly TcpListener _listener;

    private NfsServer(TcpListener listener) => _listener = listener;

    public IPEndPoint LocalEndPoint => (IPEndPoint)_listener.LocalEndpoint;

    public static NfsServer Start(NfsServerOptions options, object files, TimeProvider clock, ILoggerFactory logs)
    {
        var listener = new TcpListener(options.Listen);
        listener.Start();
        return new NfsServer(listener);
    }

    public NfsServerStatistics GetStatistics() => new()
    {
        Connections = 0, CallsInFlight = 0, OldestCallAge = null, Calls = [], Errors = [], RpcErrors = 0,
        DuplicateHits = 0, BytesReceived = 0, BytesSent = 0,
    };

    public ValueTask DisposeAsync() => default;

    public Task StopAsync(TimeSpan grace)
    {
        _listener.Stop();
        return Task.CompletedTask;
    }
}
