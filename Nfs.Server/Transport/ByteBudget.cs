using System.Collections.Concurrent;

namespace Nfs.Server.Transport;

/// <summary>Bytes that all connections hold together, and who waits for them to become fewer.</summary>
internal sealed class ByteBudget(long bytesMax)
{
    private readonly ConcurrentQueue<FlowGate> _waiting = new();
    private long _bytes;

    public bool HasRoom => Interlocked.Read(ref _bytes) < bytesMax;

    public void Charge(long bytes) => Interlocked.Add(ref _bytes, bytes);

    public void Release(long bytes)
    {
        if (Interlocked.Add(ref _bytes, -bytes) < bytesMax)
        {
            while (_waiting.TryDequeue(out var gate))
            {
                gate.Wake();
            }
        }
    }

    public void Register(FlowGate gate) => _waiting.Enqueue(gate);
}
