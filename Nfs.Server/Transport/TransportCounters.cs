namespace Nfs.Server.Transport;

/// <summary>Bytes on the wire since the start, of all connections.</summary>
internal sealed class TransportCounters
{
    private long _received;
    private long _sent;

    public long Received => Interlocked.Read(ref _received);

    public long Sent => Interlocked.Read(ref _sent);

    public void AddReceived(long bytes) => Interlocked.Add(ref _received, bytes);

    public void AddSent(long bytes) => Interlocked.Add(ref _sent, bytes);
}
