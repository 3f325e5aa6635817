using System.Net.Sockets;

namespace Nfs.Server.Transport;

/// <summary>
/// The sending half of a connection. Replies gather in a batch; <see cref="Flush"/> starts the send loop unless it
/// runs, and what gathers while a batch is being sent goes out in the next one. The loop starts on the thread that
/// flushes, so a reply that the socket takes at once costs no change of threads.
/// <para>The lock guards the batches and whether the loop runs; nothing is awaited or sent under it.</para>
/// </summary>
internal sealed class SendQueue(Socket socket, FlowGate gate, TransportCounters counters, TimeProvider clock)
    : IThreadPoolWorkItem
{
    private readonly Lock _gate = new();
    private SendBatch _filling = new(); // Guarded by _gate.
    private SendBatch? _spare; // Guarded by _gate.
    private bool _isSending; // Guarded by _gate.
    private bool _isBroken; // Guarded by _gate.
    private Task _loop = Task.CompletedTask; // Guarded by _gate. The last loop that did not end at once.
    private long _progress = clock.GetTimestamp();
    private int _isFlushDue;

    /// <summary>
    /// Puts a reply in the queue; the call is free afterwards. True if so much waits that it should be flushed before
    /// the next call is run: file bytes are in the processor's cache now, and their buffer is wanted for the next READ.
    /// </summary>
    public bool Add(CallSlot slot)
    {
        long charged;
        lock (_gate)
        {
            charged = slot.Charge(gate);
            if (!_isBroken)
            {
                _filling.Add(slot.Call, charged);
                return _filling.Charged >= ServerLimits.SendSoonBytes;
            }

            slot.Call.ClearReply();
        }

        gate.Leave(1, charged);
        return false;
    }

    /// <summary>Sends what has gathered, unless that is being done already.</summary>
    public void Flush()
    {
        SendBatch batch;
        lock (_gate)
        {
            if (_isSending || _filling.IsEmpty)
            {
                return;
            }

            _isSending = true;
            batch = SwapLocked();
        }

        var loop = SendAsync(batch);
        if (!loop.IsCompleted)
        {
            lock (_gate)
            {
                _loop = loop;
            }
        }
    }

    /// <summary>
    /// The same a moment later, when this thread is done with what it does: calls that end together are answered in one
    /// send.
    /// </summary>
    public void FlushSoon()
    {
        if (Interlocked.Exchange(ref _isFlushDue, 1) == 0)
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: true);
        }
    }

    void IThreadPoolWorkItem.Execute()
    {
        Volatile.Write(ref _isFlushDue, 0);
        Flush();
    }

    /// <summary>Completes when everything that was added is sent, or cannot be.</summary>
    public async Task DrainAsync()
    {
        while (true)
        {
            Flush();
            Task loop;
            lock (_gate)
            {
                if (!_isSending && _filling.IsEmpty)
                {
                    return;
                }

                loop = _loop;
            }

            await loop;

            // Between taking the last batch and publishing its task the loop may look finished.
            await Task.Yield();
        }
    }

    /// <summary>Whether replies are waiting and the peer has taken nothing for so long.</summary>
    public bool IsStalled(TimeSpan timeout)
    {
        lock (_gate)
        {
            return _isSending && clock.GetElapsedTime(Volatile.Read(ref _progress)) > timeout;
        }
    }

    private SendBatch SwapLocked()
    {
        var batch = _filling;
        _filling = _spare ?? new SendBatch();
        _spare = null;
        return batch;
    }

    private async Task SendAsync(SendBatch batch)
    {
        try
        {
            while (true)
            {
                Volatile.Write(ref _progress, clock.GetTimestamp());
                await SendBatchAsync(batch);
                var next = Recycle(batch);
                if (next is null)
                {
                    return;
                }

                batch = next;
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException or IOException)
        {
            // An IOException is of a disk that lost bytes whose length is announced already: nothing can follow.
            socket.Dispose();
            Break(batch);
        }
    }

    private async ValueTask SendBatchAsync(SendBatch batch)
    {
        while (!batch.IsSent)
        {
            await batch.ReadyAsync();
            var sent = VectoredSend.TrySend(socket, batch.Ready, batch.Current);
            if (sent == 0)
            {
                // The socket is full: hand over one step and go on when that is taken.
                sent = await socket.SendAsync(batch.TakeStep(), SocketFlags.None);
                Volatile.Write(ref _progress, clock.GetTimestamp());
            }

            counters.AddSent(sent);
            batch.Consume(sent);
        }
    }

    /// <summary>Ends a sent batch; gives the next one, or null when there is none and the loop ends.</summary>
    private SendBatch? Recycle(SendBatch batch)
    {
        var (calls, charged) = (batch.Calls, batch.Charged);
        batch.Reset();
        SendBatch? next = null;
        lock (_gate)
        {
            _spare = batch;
            if (_filling.IsEmpty)
            {
                _isSending = false;
            }
            else
            {
                next = SwapLocked();
            }
        }

        gate.Leave(calls, charged);
        return next;
    }

    /// <summary>The connection has ended: drops what waits, and everything that comes.</summary>
    private void Break(SendBatch batch)
    {
        var (calls, charged) = (batch.Calls, batch.Charged);
        lock (_gate)
        {
            batch.Reset();
            calls += _filling.Calls;
            charged += _filling.Charged;
            _filling.Reset();
            _isBroken = true;
            _isSending = false;
        }

        gate.Leave(calls, charged);
    }
}
