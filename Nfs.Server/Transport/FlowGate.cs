namespace Nfs.Server.Transport;

/// <summary>
/// Says whether a connection may take its next call: not while too many calls or bytes of it are on their way, or while
/// all connections together hold too much and this one holds more than its guaranteed part. The receive loop enters and
/// waits; whoever sends replies leaves.
/// </summary>
internal sealed class FlowGate(ByteBudget budget)
{
    private int _calls;
    private long _bytes;
    private TaskCompletionSource? _waiter;

    public bool IsOpen
    {
        get
        {
            var bytes = Interlocked.Read(ref _bytes);
            return Volatile.Read(ref _calls) < ServerLimits.ConnectionCallsMax &&
                bytes < ServerLimits.ConnectionBytesMax &&
                (bytes < ServerLimits.ConnectionBytesGuaranteed || budget.HasRoom);
        }
    }

    /// <summary>Calls that are running or whose replies are not sent.</summary>
    public int Calls => Volatile.Read(ref _calls);

    public void Enter() => Interlocked.Increment(ref _calls);

    public void Charge(long bytes)
    {
        if (bytes != 0)
        {
            Interlocked.Add(ref _bytes, bytes);
            budget.Charge(bytes);
        }
    }

    public void Leave(int calls, long bytes)
    {
        Interlocked.Add(ref _calls, -calls);
        if (bytes != 0)
        {
            Interlocked.Add(ref _bytes, -bytes);
            budget.Release(bytes);
        }

        // The waiter is published before IsOpen is looked at, and the counts fall before the waiter is looked at; both
        // with a full fence, so one side sees the other.
        Wake();
    }

    /// <summary>Completes when the gate is open. One waiter at a time.</summary>
    public async Task WaitAsync()
    {
        while (!IsOpen)
        {
            var waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Interlocked.Exchange(ref _waiter, waiter);
            if (!budget.HasRoom)
            {
                budget.Register(this);
            }

            // Looked at again, because the last reply may have left, or the budget may have got room, in between.
            if (IsOpen)
            {
                return;
            }

            await waiter.Task;
        }
    }

    /// <summary>Makes the waiter look again.</summary>
    public void Wake()
    {
        if (Volatile.Read(ref _waiter) is not null)
        {
            Interlocked.Exchange(ref _waiter, null)?.TrySetResult();
        }
    }
}
