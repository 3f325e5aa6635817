namespace Nfs.Server.Transport;

/// <summary>
/// The calls of one connection that have not been handed to the send queue. One lock guards all; the waiter is
/// completed outside of it.
/// </summary>
internal sealed class CallSlots
{
    private readonly Lock _gate = new();
    private readonly Stack<CallSlot> _free = []; // Guarded by _gate.
    private readonly List<CallSlot> _all = []; // Guarded by _gate.
    private TaskCompletionSource? _drained; // Guarded by _gate.

    public CallSlot Rent()
    {
        lock (_gate)
        {
            if (!_free.TryPop(out var slot))
            {
                slot = new CallSlot();
                _all.Add(slot);
            }

            return slot;
        }
    }

    public void Return(CallSlot slot)
    {
        slot.Clear();
        TaskCompletionSource? drained;
        lock (_gate)
        {
            if (_free.Count < ServerLimits.CallSlotsKept)
            {
                _free.Push(slot);
            }
            else
            {
                _all.Remove(slot);
            }

            drained = _free.Count == _all.Count ? _drained : null;
        }

        drained?.TrySetResult();
    }

    /// <summary>Completes when no call is running. No call may be rented any more.</summary>
    public Task DrainAsync()
    {
        lock (_gate)
        {
            if (_free.Count == _all.Count)
            {
                return Task.CompletedTask;
            }

            _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
            return _drained.Task;
        }
    }

    /// <summary>When the oldest call that goes on by itself was seen first; null if there is none.</summary>
    public long? OldestStart()
    {
        lock (_gate)
        {
            long? oldest = null;
            foreach (var slot in _all)
            {
                var start = slot.StartedAt;
                if (start != 0 && (oldest is null || start < oldest))
                {
                    oldest = start;
                }
            }

            return oldest;
        }
    }
}
