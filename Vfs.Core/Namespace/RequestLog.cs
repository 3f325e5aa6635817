using Vfs.Core.Metadata;

namespace Vfs.Core.Namespace;

/// <summary>
/// What calls were answered that change names or attributes, kept in the transaction of their change: a client that
/// did not get the answer before a crash sends the call again, and gets the same one instead of, say, "exists already"
/// (RFC 1813 section 4.5). Within one life of the gateway the server's reply cache does this.
/// </summary>
internal sealed class RequestLog(GroupCommit commit, TimeProvider clock)
{
    // Clients send again for minutes; after that the same key is another call.
    private static readonly TimeSpan s_memory = TimeSpan.FromMinutes(15);

    private readonly long _started = clock.GetTimestamp();

    // Never changed, only replaced: calls look without a lock.
    private volatile Dictionary<RequestKey, byte[]> _before = [];

    /// <summary>Number of the last row.</summary>
    public static long LoadLast(MetadataReader reader)
    {
        long last = 0;
        reader.Query("SELECT coalesce(max(seq),0) FROM request", row => last = row.Long(0));
        return last;
    }

    /// <summary>Reads what the lives before this one left; before anybody is served.</summary>
    public void Load(MetadataReader reader)
    {
        var before = new Dictionary<RequestKey, byte[]>();
        var oldest = Timestamp.Now(clock).Nanoseconds - (long)s_memory.TotalNanoseconds;
        reader.Query("SELECT high,low,time,outcome FROM request ORDER BY seq", row =>
        {
            if (row.Long(2) >= oldest)
            {
                before[new RequestKey(row.ULong(0), row.ULong(1))] = row.Blob(3).ToArray();
            }
        });
        _before = before;
    }

    /// <summary>Whether this call was done before the restart, and what it was answered.</summary>
    public bool WasDone(Caller caller, out RequestOutcome outcome)
    {
        outcome = default;
        var before = _before;
        if (before.Count == 0 || caller.Request is not { } key)
        {
            return false;
        }

        if (clock.GetElapsedTime(_started) > s_memory)
        {
            _before = [];
            return false;
        }

        return before.TryGetValue(key, out var bytes) && RequestOutcomeCodec.TryRead(bytes, out outcome);
    }

    /// <summary>Records a call in the open batch, which has its change; nothing if the call has no name.</summary>
    public void DoneLocked(Caller caller, in RequestOutcome outcome)
    {
        if (RowOf(caller, outcome) is { } row)
        {
            commit.OpenLocked().Requests.Add(row);
        }
    }

    /// <summary>What <see cref="DoneLocked"/> would record, for a change that goes into a later batch.</summary>
    public RequestRow? RowOf(Caller caller, in RequestOutcome outcome) =>
        caller.Request is { } key ? new RequestRow(key, Timestamp.Now(clock), outcome) : null;
}
