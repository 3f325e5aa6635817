using System.Buffers.Binary;
using NUnit.Framework;

namespace Nfs.Tests.Fixtures;

/// <summary>Reads a reply from the front, by hand; throws when it is shorter than the test expects.</summary>
internal sealed class WireReply(byte[] bytes)
{
    private int _position;

    public byte[] Bytes { get; } = bytes;

    public int Left => Bytes.Length - _position;

    public uint U32()
    {
        var value = BinaryPrimitives.ReadUInt32BigEndian(Bytes.AsSpan(_position));
        _position += 4;
        return value;
    }

    public ulong U64() => ((ulong)U32() << 32) | U32();

    public byte[] Opaque()
    {
        var length = (int)U32();
        var bytes = Bytes.AsSpan(_position, length).ToArray();
        var padded = (length + 3) & ~3;
        Assert.That(Bytes.AsSpan(_position + length, padded - length).ToArray(), Is.All.Zero, "padding");
        _position += padded;
        return bytes;
    }

    /// <summary>Reads the head of an accepted reply and its status, with the xid checked.</summary>
    public WireReply Accepted(uint xid, uint status = 0)
    {
        Assert.That(
            new[] { U32(), U32(), U32(), U32(), U32(), U32() }, Is.EqualTo(new[] { xid, 1u, 0u, 0u, 0u, status }));
        return this;
    }

    /// <summary>Reads the head of a denied reply: xid, REPLY, MSG_DENIED, then the given words.</summary>
    public void Denied(uint xid, params uint[] words)
    {
        Assert.That(new[] { U32(), U32(), U32() }, Is.EqualTo(new[] { xid, 1u, 1u }));
        Assert.That(words.Select(_ => U32()), Is.EqualTo(words));
        Assert.That(Left, Is.Zero);
    }

    public WireAttributes Attributes()
    {
        var attributes = new WireAttributes(
            U32(), U32(), U32(), U32(), U32(), U64(), U64(), U64(), U64(), U64(), U64(), U64(), U64());
        return attributes;
    }

    /// <summary><c>post_op_attr</c>.</summary>
    public WireAttributes? PostOp() => U32() == 1 ? Attributes() : null;

    /// <summary><c>post_op_fh3</c>.</summary>
    public byte[]? PostOpHandle() => U32() == 1 ? Opaque() : null;

    /// <summary><c>wcc_data</c>: whether there is a before, and the after.</summary>
    public (ulong? SizeBefore, WireAttributes? After) Wcc()
    {
        ulong? before = null;
        if (U32() == 1)
        {
            before = U64();
            U64();
            U64();
        }

        return (before, PostOp());
    }
}

/// <summary><c>fattr3</c>; times are seconds and nanoseconds in one number.</summary>
internal sealed record WireAttributes(
    uint Type, uint Mode, uint LinkCount, uint Uid, uint Gid, ulong Size, ulong Used, ulong Device, ulong Fsid,
    ulong FileId, ulong Atime, ulong Mtime, ulong Ctime);
