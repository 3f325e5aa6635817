namespace XetHub.Http;

/// <summary>What was asked of one kind.</summary>
/// <param name="Requests">Requests, those that a fault answered included.</param>
/// <param name="BytesIn">Bytes of the requests' bodies.</param>
/// <param name="BytesOut">Bytes of the answers' bodies.</param>
internal readonly record struct KindCounts(long Requests, long BytesIn, long BytesOut);

/// <summary>Counts requests by kind. The lock guards the table.</summary>
internal sealed class RequestCounts
{
    private readonly Lock _gate = new();
    private readonly Dictionary<RequestKind, KindCounts> _counts = []; // Guarded by _gate.

    public KindCounts this[RequestKind kind]
    {
        get
        {
            lock (_gate)
            {
                return _counts.GetValueOrDefault(kind);
            }
        }
    }

    /// <summary>All kinds that were asked for.</summary>
    public Dictionary<RequestKind, KindCounts> Copy()
    {
        lock (_gate)
        {
            return new Dictionary<RequestKind, KindCounts>(_counts);
        }
    }

    public void Clear()
    {
        lock (_gate)
        {
            _counts.Clear();
        }
    }

    public void Add(RequestKind kind, KindCounts more)
    {
        lock (_gate)
        {
            var sum = _counts.GetValueOrDefault(kind);
            _counts[kind] = new KindCounts(
                sum.Requests + more.Requests, sum.BytesIn + more.BytesIn, sum.BytesOut + more.BytesOut);
        }
    }
}
