using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Nfs.Server.Rpc;

namespace Nfs.Server.Transport;

/// <summary>Accepts the TCP connections of a socket that listens, and looks after those that are open.</summary>
internal sealed class RpcListener : IDisposable
{
    private readonly Socket _socket;
    private readonly ConnectionContext _context;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _accepting;
    private readonly Task _sweeping;

    /// <summary>Starts to accept. The socket is the listener's from here on.</summary>
    public RpcListener(Socket socket, RpcDispatcher dispatcher, TimeProvider clock, ILogger logger)
    {
        _context = new ConnectionContext(dispatcher, clock, logger);
        _socket = socket;
        LocalEndPoint = (IPEndPoint)_socket.LocalEndPoint!;
        TransportLog.Listening(logger, LocalEndPoint);
        _accepting = AcceptAsync(_stopping.Token);
        _sweeping = SweepAsync(_stopping.Token);
    }

    public IPEndPoint LocalEndPoint { get; }

    public ConnectionSet Connections { get; } = new();

    public TransportCounters Counters => _context.Counters;

    /// <summary>
    /// Accepts no connection and no call any more, and gives running calls <paramref name="grace"/> to finish and be
    /// answered; then connections are cut.
    /// </summary>
    public async Task StopAsync(TimeSpan grace)
    {
        Connections.CloseDoor();
        await _stopping.CancelAsync();
        _socket.Dispose();
        await _accepting;
        foreach (var connection in Connections.ToArray())
        {
            connection.Stop();
        }

        var ended = Connections.WhenAllEnded();
        try
        {
            await ended.WaitAsync(grace, _context.Clock);
        }
        catch (TimeoutException)
        {
            foreach (var connection in Connections.ToArray())
            {
                connection.Abort();
            }

            await ended;
        }

        await _sweeping;
    }

    public void Dispose()
    {
        _socket.Dispose();
        _stopping.Dispose();
    }

    private async Task AcceptAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                Begin(await _socket.AcceptAsync(cancellationToken));
            }
            catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException exception) when (!cancellationToken.IsCancellationRequested)
            {
                TransportLog.AcceptFailed(_context.Logger, exception.Message);
                await Task.Delay(ServerLimits.AcceptPause, _context.Clock, CancellationToken.None);
            }
            catch (SocketException)
            {
                return;
            }
        }
    }

    private void Begin(Socket socket)
    {
        RpcPeer peer;
        try
        {
            Configure(socket);
            var remote = (IPEndPoint)socket.RemoteEndPoint!;
            peer = new RpcPeer(ClientAddress.From(remote.Address), remote.Port);
        }
        catch (SocketException)
        {
            // It was gone before it was looked at.
            socket.Dispose();
            return;
        }

        if (!Connections.TryAdmit(peer.Address, out var load))
        {
            Counters.AddRefused();
            _context.Warnings.TooManyConnections(peer.Address);
            socket.Dispose();
            return;
        }

        TransportLog.Connected(_context.Logger, peer.Address);
        Connections.Start(new RpcConnection(socket, peer, load, _context));
    }

    private static void Configure(Socket socket)
    {
        // Vectored sends go around the Socket class and rely on this.
        socket.Blocking = false;
        socket.NoDelay = true;
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(
            SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, ServerLimits.KeepAliveSeconds);
        socket.SetSocketOption(
            SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, ServerLimits.KeepAliveIntervalSeconds);
        socket.SetSocketOption(
            SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, ServerLimits.KeepAliveProbes);
    }

    private async Task SweepAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(ServerLimits.SweepInterval, _context.Clock);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                foreach (var connection in Connections.ToArray())
                {
                    if (connection.FindStall() is { } reason)
                    {
                        _context.Warnings.Stalled(connection.Client, reason);
                        connection.Abort();
                    }
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The server stops.
        }
    }
}
