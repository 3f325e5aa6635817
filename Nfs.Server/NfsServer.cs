using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Nfs.Server.Exports;
using Nfs.Server.Mount3;
using Nfs.Server.Nfs3;
using Nfs.Server.Nfs3.Translation;
using Nfs.Server.Rpc;
using Nfs.Server.Transport;

namespace Nfs.Server;

/// <summary>
/// An NFSv3 server on one port: NFS and MOUNT over TCP. Serves from <see cref="Start"/> on until it is stopped. It does
/// not own the file systems.
/// </summary>
public sealed class NfsServer : IAsyncDisposable
{
    private static readonly TimeSpan s_disposeGrace = TimeSpan.FromSeconds(5);

    private readonly Nfs3Counters _counters;
    private readonly DuplicateRequestCache _replies;
    private readonly RpcDispatcher _dispatcher;
    private readonly RpcListener _listener;
    private readonly TimeProvider _clock;
    private int _isStopped;

    private NfsServer(
        Socket listener, NfsServerOptions options, ExportTable exports, TimeProvider clock, ILoggerFactory loggers)
    {
        var (handleKey, digestKey) = SplitKey(options.HandleKey);
        var handles = new FileHandleCodec(handleKey);
        var policy = new ExportPolicy(exports);
        _clock = clock;
        _counters = new Nfs3Counters();
        _replies = new DuplicateRequestCache(ServerLimits.KeptReplyBytesMax, ServerLimits.KeptRepliesMax);
        _dispatcher = new RpcDispatcher(
            [
                new Nfs3Program(new Nfs3Server(exports, handles, policy, _counters)),
                new Mount3Program(exports, handles, policy),
            ],
            new RequestDigest(digestKey),
            _replies,
            loggers.CreateLogger("Nfs.Server.Rpc"));
        _listener = new RpcListener(listener, _dispatcher, clock, loggers.CreateLogger("Nfs.Server.Transport"));
    }

    /// <summary>Where the server listens; the port is the real one.</summary>
    public IPEndPoint LocalEndPoint => _listener.LocalEndPoint;

    /// <summary>
    /// Starts to serve <paramref name="exports"/> to whoever connects to <paramref name="listener"/>, which listens
    /// already and is the server's from here on.
    /// </summary>
    /// <exception cref="ArgumentException">The options or the exports make no sense.</exception>
    public static NfsServer Start(
        Socket listener, NfsServerOptions options, IReadOnlyList<ExportedTree> exports, TimeProvider clock,
        ILoggerFactory loggers)
    {
        if (options.HandleKey.Length != NfsServerOptions.HandleKeyBytes)
        {
            throw new ArgumentException("the handle key has the wrong length", nameof(options));
        }

        return new NfsServer(listener, options, new ExportTable(exports), clock, loggers);
    }

    /// <summary>
    /// Takes no connections and calls any more, gives running calls <paramref name="grace"/> to be answered, then ends
    /// the connections. Calls that change state have ended when this completes.
    /// </summary>
    public async Task StopAsync(TimeSpan grace)
    {
        if (Interlocked.Exchange(ref _isStopped, 1) == 0)
        {
            await _listener.StopAsync(grace);
        }
    }

    /// <summary>Figures for metrics and the status page.</summary>
    public NfsServerStatistics GetStatistics()
    {
        var connections = _listener.Connections.ToArray();
        return new NfsServerStatistics
        {
            Connections = connections.Length,
            ConnectionsRefused = _listener.Counters.Refused,
            BytesInFlight = _listener.Connections.Load.Bytes,
            CallsInFlight = _listener.Connections.Load.Calls,
            OldestCallAge = connections.Min(connection => connection.OldestCallStart) is { } start
                ? _clock.GetElapsedTime(start)
                : null,
            Calls = _counters.Calls(),
            Errors = _counters.Errors(),
            RpcErrors = _dispatcher.Errors,
            DuplicateHits = _replies.Hits,
            BytesReceived = _listener.Counters.Received,
            BytesSent = _listener.Counters.Sent,
        };
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync(s_disposeGrace);
        _listener.Dispose();
    }

    private static (byte[] Handles, byte[] Digests) SplitKey(byte[] key) =>
        (key[..SipHash128.KeyBytes], key[SipHash128.KeyBytes..]);
}
