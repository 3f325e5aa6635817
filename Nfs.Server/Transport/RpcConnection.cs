using System.Net.Sockets;
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
    private readonly ConnectionContext _context;
    private readonly RpcPeer _peer;
    private readonly ReceiveWatch _received;
    private readonly RecordReader _records;
    private readonly FlowGate _gate;
    private readonly SendQueue _replies;
    private readonly CallSlots _slots = new();
    private readonly CancellationTokenSource _gone = new();
    private volatile bool _isStopping;

    public RpcConnection(Socket socket, RpcPeer peer, Load load, ConnectionContext context)
    {
        _socket = socket;
        _context = context;
        _peer = peer;
        _received = new ReceiveWatch(context.Clock);
        _gate = new FlowGate(load, context.Clock);
        _records = new RecordReader(context.Pool, _gate);
        _replies = new SendQueue(socket, _gate, context.Counters, context.Clock);
    }

    public ClientAddress Client => _peer.Address;

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
            TransportLog.ConnectionLost(_context.Logger, Client, exception.Message);
            await _gone.CancelAsync();
        }
#pragma warning disable CA1031 // The connection loop is an edge: a bug here ends this connection and no other.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            TransportLog.ConnectionFailed(_context.Logger, exception, Client);
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
        _gate.Close();
    }

    /// <summary>Ends the connection now. Calls that change state still run to their end.</summary>
    public void Abort()
    {
        _isStopping = true;
        _socket.Dispose();
        _gate.Close();
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
    public string? FindStall() =>
        _replies.IsStalled(ServerLimits.StallTimeout) ? "it takes no replies"
        : _received.IsStalled ? "it does not finish a record"
        : _gate.Calls == 0 && _received.IsIdle ? "it is idle"
        : null;

    private async Task ReceiveAsync()
    {
        var inARow = 0;
        while (!_isStopping)
        {
            if (inARow == ServerLimits.ReceivesInARowMax)
            {
                inARow = 0;
                await Task.Yield();
            }

            if (_records.IsIdleAndLarge && _socket.Available == 0)
            {
                _records.Shrink();
            }

            if (_records.NeedsLarge && !_gate.MayGrow)
            {
                await _gate.WaitToGrowAsync();
            }

            var receiving = _socket.ReceiveAsync(_records.GetSpace(), SocketFlags.None);
            inARow = receiving.IsCompleted ? inARow + 1 : 0;
            var count = await receiving;
            if (count == 0 || _isStopping)
            {
                return;
            }

            _context.Counters.AddReceived(count);
            _records.Advance(count);
            if (!await ServeReceivedAsync())
            {
                _context.Warnings.ProtocolBroken(Client);
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
            if (!_gate.MayCall)
            {
                _received.Pause();
                _replies.Flush();
                await _gate.WaitForCallAsync();
            }

            if (_isStopping)
            {
                break;
            }

            isUnderstood = Serve(record);
            served++;
        }

        _replies.Flush();
        _received.Note(_records.IsInRecord, isNewRecord: served > 0);
        return isUnderstood && !_records.IsBroken;
    }

    private bool Serve(ReadOnlyMemory<byte> record)
    {
        var slot = _slots.Rent();
        _gate.Enter();
        slot.Call.Begin(_peer, record);
        var pending = _context.Dispatcher.DispatchAsync(slot.Call, _gone.Token);
        if (pending.IsCompleted)
        {
            return Conclude(slot, pending.GetAwaiter().GetResult());
        }

        slot.Keep(_records.Buffer, _gate);
        slot.StartedAt = _context.Clock.GetTimestamp();

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

        _replies.FlushSoon();
    }

    /// <summary>Queues the reply and takes the slot back; false if the connection has to end.</summary>
    private bool Conclude(CallSlot slot, RpcOutcome outcome)
    {
        slot.Settle(_gate);
        var isMuch = false;
        if (outcome == RpcOutcome.Reply)
        {
            isMuch = _replies.Add(slot);
        }
        else
        {
            _gate.Leave(1, 0);
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
