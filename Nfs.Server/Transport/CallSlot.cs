using Nfs.Server.Rpc;

namespace Nfs.Server.Transport;

/// <summary>A call of a connection and what it holds; reused for call after call.</summary>
internal sealed class CallSlot
{
    private PooledBuffer? _buffer;
    private long _expected;

    public RpcCall Call { get; } = new();

    /// <summary>When the call was seen to go on by itself; 0 before.</summary>
    public long StartedAt { get; set; }

    /// <summary>
    /// Keeps the record's memory while the call goes on by itself, and room for what it may return.
    /// </summary>
    public void Keep(PooledBuffer buffer, FlowGate gate)
    {
        buffer.Share();
        _buffer = buffer;
        _expected = Call.ReplyBytesExpected;
        gate.Expect(_expected);
    }

    /// <summary>The call has ended: what it may return is known.</summary>
    public void Settle(FlowGate gate)
    {
        gate.Expect(-_expected);
        _expected = 0;
    }

    /// <summary>Charges the reply that is about to wait for the socket; returns its bytes.</summary>
    public long Charge(FlowGate gate)
    {
        var reply = (long)Call.Reply.Length + Call.PayloadLength;
        gate.Charge(reply);
        return reply;
    }

    /// <summary>Lets go of everything.</summary>
    public void Clear()
    {
        Call.Clear();
        _buffer?.Release();
        _buffer = null;
        StartedAt = 0;
    }
}
