using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Nfs.Server.Rpc;

namespace Nfs.Server.Transport;

/// <summary>
/// One TCP connection. The receive loop takes records and runs their calls; a call that completes at once is answered
/// in the loop, any other goes on by itself and replies when it is done. The loop stops reading while the gate is shut.
/// Ends when the peer closes, breaks the framing, stalls, or the server stops; replies of accepted calls are sent
/// first where that is possible, and calls that change state always run to their end.
/// </summary>
internal sealed class RpcConnection
{
    private readonly Socket _socket;
    private readonly RpcDispatcher _dispatcher;
    private readonly RpcPeer _peer;
    private readonly TransportCounters _counters;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly RecordReader _records;
    private readonly FlowGate _gate;
    private readonly SendQueue _replies;
    private readonly CallSlots _slots = new();
    private readonly CancellationTokenSource _gone = new();
    private long _receivedAt;
    private long _recordSince;
    private volatile bool _isStopping;

    public RpcConnection(
        Socket socket, RpcPeer peer, RpcDispatcher dispatcher, BufferPool pool, ByteBudget budget,
        TransportCounters counters, TimeProvider clock, ILogger logger)
    {
        _socket = socket;
        _dispatcher = dispatcher;
        _peer = peer;
        _counters = counters;
        _clock = clock;
        _logger = logger;
        _records = new RecordReader(pool);
        _gate = new FlowGate(budget);
        _replies = new SendQueue(socket, _gate, counters, clock);
        _receivedAt = clock.GetTimestamp();
    }

    public ClientAddress Client => _peer.Address;

    /// <summary>Calls that are running or whose replies are not sent.</summary>
    public int CallsInFlight => _gate.Calls;

    /// <summary>When the oldest running call was seen first, as a timestamp of the clock.</summary>
    public long? OldestCallStart => _slots.OldestStart();

    /// <summary>Serves the connection until it ends. Does not throw.</summary>
    public async Task RunAsync()
    {
        try
        {
            await ReceiveAsync();
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            TransportLog.ConnectionLost(_logger, Client, exception.Message);
            await _gone.CancelAsync();
        }
#pragma warning disable CA1031 // The connection loop is an edge: a bug here ends this connection and no other.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            TransportLog.ConnectionFailed(_logger, exception, Client);
            await _gone.CancelAsync();
        }

        await _slots.DrainAsync();
        await _replies.DrainAsync();
        Close();
        _records.Dispose();
        _gone.Dispose();
    }

    /// <summary>Takes no new calls; running ones finish and are answered.</summary>
    public void Stop()
    {
        _isStopping = true;
        ShutDown(SocketShutdown.Receive);
        _gate.Wake();
    }

    /// <summary>Ends the connection now. Calls that change state still run to their end.</summary>
    public void Abort()
    {
        _isStopping = true;
        _socket.Dispose();
        try
        {
            _gone.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has just ended by itself.
        }
    }

    /// <summary>Why the connection should be ended, if it should: called every few seconds.</summary>
    public string? FindStall()
    {
        var recordSince = Volatile.Read(ref _recordSince);
        if (_replies.IsStalled(ServerLimits.StallTimeout))
        {
            return "it takes no replies";
        }

        if (recordSince != 0 && _clock.GetElapsedTime(recordSince) > ServerLimits.StallTimeout)
        {
            return "it does not finish a record";
        }

        return CallsInFlight == 0 && _clock.GetElapsedTime(Volatile.Read(ref _receivedAt)) > ServerLimits.IdleTimeout
            ? "it is idle"
            : null;
    }

    private async Task ReceiveAsync()
    {
        while (!_isStopping)
        {
            if (_records.IsIdleAndLarge && _socket.Available == 0)
            {
                _records.Shrink();
            }

            var count = await _socket.ReceiveAsync(_records.GetSpace(), SocketFlags.None);
            if (count == 0 || _isStopping)
            {
                return;
            }

            _counters.AddReceived(count);
            _records.Advance(count);
            if (!await ServeReceivedAsync())
            {
                TransportLog.ProtocolBroken(_logger, Client);
                return;
            }
        }
    }

    /// <summary>Serves the records that are complete; false if the peer does not keep to the protocol.</summary>
    private async ValueTask<bool> ServeReceivedAsync()
    {
        var served = 0;
        var isUnderstood = true;
        while (isUnderstood && _records.TryTake(out var record))
        {
            if (!_gate.IsOpen)
            {
                Volatile.Write(ref _recordSince, 0);
                _replies.Flush();
                await _gate.WaitAsync();
            }

            if (_isStopping)
            {
                break;
            }

            isUnderstood = Serve(record);
            served++;
        }

        _replies.Flush();
        NoteProgress(served > 0);
        return isUnderstood && !_records.IsBroken;
    }

    private void NoteProgress(bool isNewRecord)
    {
        var now = _clock.GetTimestamp();
        Volatile.Write(ref _receivedAt, now);
        if (!_records.IsInRecord)
        {
            Volatile.Write(ref _recordSince, 0);
        }
        else if (isNewRecord || _recordSince == 0)
        {
            Volatile.Write(ref _recordSince, now);
        }
    }

    private bool Serve(ReadOnlyMemory<byte> record)
    {
        var slot = _slots.Rent();
        _gate.Enter();
        slot.Call.Begin(_peer, record);
        var pending = _dispatcher.DispatchAsync(slot.Call, _gone.Token);
        if (pending.IsCompleted)
        {
            return Conclude(slot, pending.GetAwaiter().GetResult());
        }

        slot.Keep(_records.Buffer, _gate);
        slot.StartedAt = _clock.GetTimestamp();

        // Owned by _slots: the connection does not end before every slot is back.
        _ = FinishAsync(slot, pending);
        return true;
    }

    private async Task FinishAsync(CallSlot slot, ValueTask<RpcOutcome> pending)
    {
        // The dispatcher does not throw.
        var outcome = await pending;
        if (!Conclude(slot, outcome))
        {
            Abort();
        }

        _replies.Flush();
    }

    /// <summary>Queues the reply and takes the slot back; false if the connection has to end.</summary>
    private bool Conclude(CallSlot slot, RpcOutcome outcome)
    {
        var isMuch = false;
        if (outcome == RpcOutcome.Reply)
        {
            isMuch = _replies.Add(slot);
        }
        else
        {
            _gate.Leave(1, slot.Charged);
        }

        _slots.Return(slot);
        if (isMuch)
        {
            _replies.Flush();
        }

        return outcome != RpcOutcome.Close;
    }

    private void Close()
    {
        ShutDown(SocketShutdown.Send);
        _socket.Dispose();
    }

    private void ShutDown(SocketShutdown how)
    {
        try
        {
            _socket.Shutdown(how);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The peer was faster.
        }
    }
}
