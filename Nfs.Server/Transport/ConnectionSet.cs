using Nfs.Server.Rpc;

namespace Nfs.Server.Transport;

/// <summary>
/// The open connections and the tasks that serve them, within the limits on their number. One lock guards all; nothing
/// is awaited and no connection is called under it.
/// </summary>
internal sealed class ConnectionSet
{
    private readonly Lock _gate = new();
    private readonly Dictionary<RpcConnection, Task> _open = []; // Guarded by _gate.
    private readonly Dictionary<ClientAddress, int> _perAddress = []; // Guarded by _gate.
    private bool _isClosed; // Guarded by _gate.

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _open.Count;
            }
        }
    }

    /// <summary>Counts a connection in; false if there are too many, or none are taken any more.</summary>
    public bool TryAdd(RpcConnection connection)
    {
        lock (_gate)
        {
            var count = _perAddress.GetValueOrDefault(connection.Client);
            if (_isClosed ||
                _open.Count >= ServerLimits.ConnectionsMax ||
                count >= ServerLimits.ConnectionsPerAddressMax)
            {
                return false;
            }

            _open.Add(connection, Task.CompletedTask);
            _perAddress[connection.Client] = count + 1;
            return true;
        }
    }

    /// <summary>Serves a connection that was counted in, and counts it out at its end.</summary>
    public void Start(RpcConnection connection)
    {
        var task = ServeAsync(connection);
        lock (_gate)
        {
            if (_open.ContainsKey(connection))
            {
                _open[connection] = task;
            }
        }
    }

    /// <summary>Takes no more connections.</summary>
    public void CloseDoor()
    {
        lock (_gate)
        {
            _isClosed = true;
        }
    }

    public RpcConnection[] ToArray()
    {
        lock (_gate)
        {
            return [.. _open.Keys];
        }
    }

    /// <summary>Completes when the connections that are open have ended.</summary>
    public Task WhenAllEnded()
    {
        lock (_gate)
        {
            return Task.WhenAll(_open.Values);
        }
    }

    private async Task ServeAsync(RpcConnection connection)
    {
        // The accept loop goes on while this one starts.
        await Task.Yield();
        await connection.RunAsync();
        lock (_gate)
        {
            _open.Remove(connection);
            var count = _perAddress[connection.Client] - 1;
            if (count == 0)
            {
                _perAddress.Remove(connection.Client);
            }
            else
            {
                _perAddress[connection.Client] = count;
            }
        }
    }
}
