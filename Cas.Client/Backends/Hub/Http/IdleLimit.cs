namespace Cas.Client.Backends.Hub.Http;

/// <summary>Ends a call during which no byte moves for a time.</summary>
internal sealed class IdleLimit : IDisposable
{
    private readonly TimeSpan _limit;
    private readonly CancellationTokenSource _expiry;
    private readonly CancellationTokenSource _either;

    public IdleLimit(TimeSpan limit, TimeProvider time, CancellationToken cancellationToken)
    {
        _limit = limit;
        _expiry = new CancellationTokenSource(limit, time);
        _either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _expiry.Token);
    }

    /// <summary>Cancelled when the time is up, or by the caller.</summary>
    public CancellationToken Token => _either.Token;

    /// <summary>Whether the time is up.</summary>
    public bool IsExpired => _expiry.IsCancellationRequested;

    /// <summary>A byte moved.</summary>
    public void Touch() => _expiry.CancelAfter(_limit);

    public void Dispose()
    {
        _either.Dispose();
        _expiry.Dispose();
    }
}
