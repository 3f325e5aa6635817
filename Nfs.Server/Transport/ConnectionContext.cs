using Microsoft.Extensions.Logging;
using Nfs.Server.Rpc;

namespace Nfs.Server.Transport;

/// <summary>What all connections share.</summary>
internal sealed record ConnectionContext(RpcDispatcher Dispatcher, TimeProvider Clock, ILogger Logger)
{
    public BufferPool Pool { get; } = new();

    public TransportCounters Counters { get; } = new();

    public PeerWarnings Warnings { get; } = new(Logger, Clock);
}
