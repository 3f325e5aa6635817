namespace Vfs.Core.Content;

/// <summary>
/// Bytes of fetches in flight, over all files. Who waits for bytes gets them in the order of asking; what is fetched
/// ahead takes only what is free at once, and never the share that is kept for those who wait.
/// <para>Lock: its own, a leaf; it guards the counts only.</para>
/// </summary>
internal sealed class FetchBudget(long bytesMax, long aheadBytesMax)
{
    private readonly Lock _gate = new();
    private readonly Queue<Waiter> _waiters = new(); // Guarded by _gate.
    private long _used; // Guarded by _gate.

    /// <summary>Takes bytes for a fetch that nobody waits for, if there are enough.</summary>
    public bool TryTakeAhead(long bytes)
    {
        lock (_gate)
        {
            if (_waiters.Count > 0 || _used + bytes > aheadBytesMax)
            {
                return false;
            }

            _used += bytes;
            return true;
        }
    }

    /// <summary>Takes bytes as soon as there are so many; at most all that there ever are.</summary>
    public Task TakeAsync(long bytes)
    {
        lock (_gate)
        {
            if (_waiters.Count == 0 && _used + bytes <= bytesMax)
            {
                _used += bytes;
                return Task.CompletedTask;
            }

            var waiter = new Waiter(bytes);
            _waiters.Enqueue(waiter);
            return waiter.Granted.Task;
        }
    }

    /// <summary>Gives back what was taken.</summary>
    public void Give(long bytes)
    {
        var granted = new List<Waiter>();
        lock (_gate)
        {
            _used -= bytes;
            while (_waiters.TryPeek(out var first) && _used + first.Bytes <= bytesMax)
            {
                _used += first.Bytes;
                granted.Add(_waiters.Dequeue());
            }
        }

        granted.ForEach(waiter => waiter.Granted.SetResult());
    }

    private sealed class Waiter(long bytes)
    {
        public long Bytes { get; } = bytes;

        public TaskCompletionSource Granted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
