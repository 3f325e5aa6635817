using System.Collections.Concurrent;

namespace Nfs.Server.Transport;

/// <summary>
/// Buffers of the two sizes that connections receive into. Their arrays are pinned for good, since they are handed to
/// the system over and over. Keeps a bounded number of each for reuse.
/// </summary>
internal sealed class BufferPool
{
    private readonly ConcurrentStack<byte[]> _small = [];
    private readonly ConcurrentStack<byte[]> _large = [];

    /// <summary>
    /// A buffer of <see cref="ServerLimits.ReceiveBytes"/> or <see cref="ServerLimits.LargeReceiveBytes"/>, which
    /// <paramref name="gate"/> is charged with until it is given back.
    /// </summary>
    public PooledBuffer Rent(bool isLarge, FlowGate gate)
    {
        var stack = isLarge ? _large : _small;
        if (!stack.TryPop(out var array))
        {
            array = GC.AllocateUninitializedArray<byte>(
                isLarge ? ServerLimits.LargeReceiveBytes : ServerLimits.ReceiveBytes, pinned: true);
        }

        gate.Charge(array.Length);
        return new PooledBuffer(this, gate, array);
    }

    internal void Return(byte[] array)
    {
        var stack = array.Length == ServerLimits.LargeReceiveBytes ? _large : _small;
        if (stack.Count < ServerLimits.PooledBuffersMax)
        {
            stack.Push(array);
        }
    }
}

/// <summary>
/// A rented buffer with a count of those who use it: the connection that fills it, and the calls whose records lie in
/// it. The last one to let go gives it back.
/// </summary>
internal sealed class PooledBuffer(BufferPool pool, FlowGate gate, byte[] array)
{
    private int _users = 1;

    public byte[] Array { get; } = array;

    public bool IsLarge => Array.Length > ServerLimits.ReceiveBytes;

    /// <summary>
    /// Whether the caller, a user itself, is the only one. Others may let go at any time, but only a user can bring in
    /// another one, so true stays true.
    /// </summary>
    public bool IsExclusive => Volatile.Read(ref _users) == 1;

    public void Share() => Interlocked.Increment(ref _users);

    public void Release()
    {
        if (Interlocked.Decrement(ref _users) == 0)
        {
            pool.Return(Array);
            gate.Leave(0, Array.Length);
        }
    }
}
