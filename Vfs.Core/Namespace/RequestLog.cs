using Vfs.Core.Metadata;

namespace Vfs.Core.Namespace;

/// <summary>
/// What the incarnation before this one did and may not have answered: a client that sends such a call again after a
/// restart gets its success instead of, say, "exists already" (RFC 1813 section 4.5). Within one incarnation the
/// server's reply cache does this with the same bytes. Guarded by the namespace gate.
/// </summary>
internal sealed class RequestLog(GroupCommit commit, TimeProvider clock)
{
    // Clients send again for minutes; after that the same key is another call.
    private static readonly TimeSpan s_memory = TimeSpan.FromMinutes(15);

    private readonly Dictionary<RequestKey, InodeId> _before = [];
    private readonly long _started = clock.GetTimestamp();

    /// <summary>Reads what the incarnation before left; returns the number of the last row.</summary>
    public static long LoadLast(MetadataReader reader)
    {
        long last = 0;
        reader.Query("SELECT coalesce(max(seq),0) FROM request", row => last = row.Long(0));
        return last;
    }

    public void Load(MetadataReader reader) => reader.Query(
        "SELECT high,low,inode FROM request",
        row => _before[new RequestKey(row.ULong(0), row.ULong(1))] = row.Inode(2));

    /// <summary>Whether this call was done before the restart, and on which object.</summary>
    public bool WasDoneLocked(Caller caller, out InodeId inode)
    {
        inode = default;
        if (_before.Count == 0 || caller.Request is not { } key)
        {
            return false;
        }

        if (clock.GetElapsedTime(_started) > s_memory)
        {
            _before.Clear();
            return false;
        }

        return _before.TryGetValue(key, out inode);
    }

    /// <summary>Records a call, unless it has no name, in the batch of its change.</summary>
    public void DoneLocked(RequestKey? request, InodeId inode)
    {
        if (request is { } key)
        {
            commit.OpenLocked().Requests.Add((key, inode));
        }
    }
}
