namespace Nfs.Server.Transport;

/// <summary>Bytes on the wire, and connections that were turned away, since the start.</summary>
internal sealed class TransportCounters
{
    private long _received;
    private long _sent;
    private long _refused;

    public long Received => Interlocked.Read(ref _received);

    public long Sent => Interlocked.Read(ref _sent);

    public long Refused => Interlocked.Read(ref _refused);

    public void AddReceived(long bytes) => Interlocked.Add(ref _received, bytes);

    public void AddSent(long bytes) => Interlocked.Add(ref _sent, bytes);

    public void AddRefused() => Interlocked.Increment(ref _refused);
}
