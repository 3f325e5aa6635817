namespace XetHub.Catalog;

/// <summary>
/// The buckets and repositories. Whoever reads takes a state and sees no change of it; the lock orders changes.
/// </summary>
internal sealed class RepoCatalog : IDisposable
{
    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(1);

    private readonly Lock _gate = new(); // May span the sync of the journal.
    private readonly Journal _journal; // Guarded by _gate.
    private readonly TimeProvider _time;
    private CatalogState _state; // Written under _gate.

    public RepoCatalog(string path, TimeProvider time)
    {
        _journal = Journal.Open(path, out var state);
        _state = state;
        _time = time;
    }

    public CatalogState State => Volatile.Read(ref _state);

    /// <summary>
    /// Makes the change that <paramref name="decide"/> wants when it sees the state; none if it gives null. What it
    /// throws passes through.
    /// </summary>
    public void Change(Func<CatalogState, Change?> decide)
    {
        lock (_gate)
        {
            if (decide(_state) is { } change)
            {
                var next = change.Apply(_state);
                _journal.Append(change);
                Volatile.Write(ref _state, next);
            }
        }
    }

    /// <summary>The time of a change: later than the last one of the same repository, as the Hub shows times.</summary>
    public DateTimeOffset TimeAfter(DateTimeOffset last)
    {
        var now = DateTimeOffset.FromUnixTimeMilliseconds(_time.GetUtcNow().ToUnixTimeMilliseconds());
        return now > last ? now : last + s_tick;
    }

    public void Dispose() => _journal.Dispose();
}
