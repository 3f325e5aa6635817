using XetHub.Catalog;
using XetHub.Http;

namespace XetHub.Faults;

/// <summary>A fault that is switched on, until it is disposed.</summary>
internal sealed class SetFault(FaultBoard board, Fault fault, CatalogState frozen, TimeProvider time) : IDisposable
{
    private int _seen;
    private int _hits;

    public Fault Fault => fault;

    /// <summary>The trees as they were when the fault was set.</summary>
    public CatalogState Frozen => frozen;

    /// <summary>To the hub.</summary>
    public Line Up { get; } = new(fault.BytesPerSecond, time);

    /// <summary>From the hub.</summary>
    public Line Down { get; } = new(fault.BytesPerSecond, time);

    /// <summary>How many requests were hit.</summary>
    public int Hits => Volatile.Read(ref _hits);

    /// <summary>Whether a request of this kind is hit; counts it if so.</summary>
    public bool TryHit(RequestKind kind)
    {
        if ((fault.Kinds.Count > 0 && !fault.Kinds.Contains(kind))
            || Interlocked.Increment(ref _seen) % fault.Every != 0)
        {
            return false;
        }

        // Whoever comes after the last hit takes his own back.
        if (Interlocked.Increment(ref _hits) <= (fault.Times ?? int.MaxValue))
        {
            return true;
        }

        Interlocked.Decrement(ref _hits);
        return false;
    }

    public void Dispose() => board.Remove(this);
}
