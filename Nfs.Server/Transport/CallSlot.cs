using Nfs.Server.Rpc;

namespace Nfs.Server.Transport;

/// <summary>A call of a connection and what it holds; reused for call after call.</summary>
internal sealed class CallSlot
{
    private PooledBuffer? _buffer;

    public RpcCall Call { get; } = new();

    /// <summary>When the call was seen to go on by itself; 0 before.</summary>
    public long StartedAt { get; set; }

    /// <summary>Bytes that the gate was charged with for this call.</summary>
    public long Charged { get; private set; }

    /// <summary>Keeps the record's memory while the call goes on by itself.</summary>
    public void Keep(PooledBuffer buffer, FlowGate gate)
    {
        buffer.Share();
        _buffer = buffer;
        Charged = Call.Record.Length;
        gate.Charge(Charged);
    }

    /// <summary>Charges the reply that is about to wait for the socket; returns the sum.</summary>
    public long Charge(FlowGate gate)
    {
        var reply = (long)Call.Reply.Length + Call.PayloadLength;
        gate.Charge(reply);
        return Charged += reply;
    }

    /// <summary>Lets go of everything.</summary>
    public void Clear()
    {
        Call.Clear();
        _buffer?.Release();
        _buffer = null;
        StartedAt = 0;
        Charged = 0;
    }
}
