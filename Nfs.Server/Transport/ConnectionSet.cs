using System.Diagnostics.CodeAnalysis;
using Nfs.Server.Rpc;

namespace Nfs.Server.Transport;

/// <summary>
/// The open connections and the tasks that serve them, within the limits on their number, and what their clients have
/// in flight. One lock guards all; nothing is awaited and no connection is called under it.
/// </summary>
internal sealed class ConnectionSet
{
    private readonly Lock _gate = new();
    private readonly Dictionary<RpcConnection, Task> _open = []; // Guarded by _gate.
    private readonly Dictionary<ClientAddress, Client> _clients = []; // Guarded by _gate. Those with connections.
    private int _count; // Guarded by _gate.
    private bool _isClosed; // Guarded by _gate.

    /// <summary>What all clients have in flight.</summary>
    public Load Load { get; } = new();

    /// <summary>
    /// Counts a connection in and gives its client's load; the caller starts it. False if none are taken any more, or
    /// if the client has as many as are left for all others.
    /// </summary>
    public bool TryAdmit(ClientAddress address, [NotNullWhen(true)] out Load? load)
    {
        var network = address.Network;
        lock (_gate)
        {
            _clients.TryGetValue(network, out var client);
            if (_isClosed || (client?.Connections ?? 0) >= ServerLimits.ConnectionsMax - _count)
            {
                load = null;
                return false;
            }

            if (client is null)
            {
                client = new Client(new Load(Load));
                _clients.Add(network, client);
            }

            client.Connections++;
            _count++;
            load = client.Load;
            return true;
        }
    }

    /// <summary>Serves a connection that was counted in, and counts it out at its end.</summary>
    public void Start(RpcConnection connection)
    {
        lock (_gate)
        {
            _open.Add(connection, ServeAsync(connection));
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
        var network = connection.Client.Network;
        lock (_gate)
        {
            _open.Remove(connection);
            _count--;
            var client = _clients[network];
            client.Connections--;
            if (client.Connections == 0)
            {
                _clients.Remove(network);
            }
        }
    }

    private sealed class Client(Load load)
    {
        public Load Load { get; } = load;

        public int Connections { get; set; }
    }
}
