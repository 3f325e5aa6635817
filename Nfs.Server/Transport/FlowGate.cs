namespace Nfs.Server.Transport;

/// <summary>
/// Says whether a connection may take its next call, or a larger buffer: not while too much of its own is on its way,
/// and not while its <paramref name="client"/> has as much as is left for all others. So one client alone gets half of
/// what the server gives, two get a third each, and whoever comes finds something free; a little of it at any time. The
/// receive loop enters and waits; whoever sends replies leaves.
/// </summary>
internal sealed class FlowGate(Load client, TimeProvider clock)
{
    private readonly Load _own = new(client);
    private readonly Load _all = client.Whole!;
    private TaskCompletionSource? _waiter;
    private volatile bool _isClosed;

    /// <summary>
    /// Whether the next call may run. A client without any may always have one, so that calls which have arrived never
    /// wait for each other.
    /// </summary>
    public bool MayCall => _isClosed || (HasOwnRoom && (client.Calls == 0 || IsWithinShare));

    /// <summary>Whether a record may move to a large buffer.</summary>
    public bool MayGrow => _isClosed || IsWithinShare;

    /// <summary>Calls that are running or whose replies are not sent.</summary>
    public int Calls => _own.Calls;

    private bool HasOwnRoom =>
        _own.Calls < ServerLimits.ConnectionCallsMax && _own.Bytes < ServerLimits.ConnectionBytesMax;

    private bool IsWithinShare => client.Calls < ServerLimits.CallsMax - _all.Calls &&
        client.Bytes is var bytes &&
        (bytes < ServerLimits.ClientBytesGuaranteed || bytes < ServerLimits.BytesMax - _all.Bytes);

    public void Enter() => _own.Add(1, 0);

    public void Charge(long bytes) => _own.Add(0, bytes);

    /// <summary>
    /// Charges the client, but not the connection, with what a waiting call may return: its calls that need no bytes go
    /// on. Taken back with a negative number.
    /// </summary>
    public void Expect(long bytes) => client.Add(0, bytes);

    public void Leave(int calls, long bytes)
    {
        _own.Add(-calls, -bytes);

        // The waiter is published before it looks again, and the counts fall before the waiter is looked at; both with
        // a full fence, so one side sees the other.
        Wake();
    }

    /// <summary>Nothing waits any more: the connection ends.</summary>
    public void Close()
    {
        _isClosed = true;
        Interlocked.MemoryBarrier();
        Wake();
    }

    /// <summary>Completes when the next call may run. One waiter at a time.</summary>
    public Task WaitForCallAsync() => WaitAsync(static gate => gate.MayCall);

    /// <summary>Completes when a record may move to a large buffer. One waiter at a time.</summary>
    public Task WaitToGrowAsync() => WaitAsync(static gate => gate.MayGrow);

    private async Task WaitAsync(Func<FlowGate, bool> may)
    {
        var pause = ServerLimits.LookAgainFirst;
        while (!may(this))
        {
            var waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Interlocked.Exchange(ref _waiter, waiter);

            // Looked at again, because the last reply may have left in between.
            if (may(this))
            {
                return;
            }

            // The connection's own replies wake it. What others let go of it finds by looking: if each of their replies
            // woke everybody who waits, a thousand bad connections would cost every good call a thousand wake-ups.
            await (HasOwnRoom ? Task.WhenAny(waiter.Task, Task.Delay(pause, clock)) : waiter.Task);
            pause = pause < ServerLimits.LookAgainMax ? pause * 2 : pause;
        }
    }

    private void Wake()
    {
        if (Volatile.Read(ref _waiter) is not null)
        {
            Interlocked.Exchange(ref _waiter, null)?.TrySetResult();
        }
    }
}
