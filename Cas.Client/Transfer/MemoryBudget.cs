namespace Cas.Client.Transfer;

/// <summary>Bytes that are shared out in the order of asking. The gate guards the counts only.</summary>
internal sealed class MemoryBudget
{
    private readonly long _bytesMax;
    private readonly Lock _gate = new();
    private readonly LinkedList<Waiter> _waiters = new(); // Guarded by _gate.
    private long _free; // Guarded by _gate.

    public MemoryBudget(long bytesMax)
    {
        _bytesMax = bytesMax;
        _free = bytesMax;
    }

    /// <summary>Takes bytes, when there are so many; more than there ever are count as all.</summary>
    public async Task<long> TakeAsync(long bytes, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var waiter = new Waiter(Math.Min(bytes, _bytesMax));
        LinkedListNode<Waiter> node;
        lock (_gate)
        {
            if (_waiters.Count == 0 && waiter.Bytes <= _free)
            {
                _free -= waiter.Bytes;
                return waiter.Bytes;
            }

            node = _waiters.AddLast(waiter);
        }

        await using var registration = cancellationToken.Register(() => Cancel(node, cancellationToken));
        await waiter.Granted.Task;
        return waiter.Bytes;
    }

    /// <summary>Gives back what was taken.</summary>
    public void Give(long bytes)
    {
        lock (_gate)
        {
            _free += bytes;
            GrantLocked();
        }
    }

    private void Cancel(LinkedListNode<Waiter> node, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (node.List is null)
            {
                return;
            }

            _waiters.Remove(node);
            GrantLocked();
        }

        node.Value.Granted.TrySetCanceled(cancellationToken);
    }

    private void GrantLocked()
    {
        while (_waiters.First is { } first && first.Value.Bytes <= _free)
        {
            _waiters.RemoveFirst();
            _free -= first.Value.Bytes;
            first.Value.Granted.TrySetResult();
        }
    }

    private sealed class Waiter(long bytes)
    {
        public long Bytes { get; } = bytes;

        public TaskCompletionSource Granted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
