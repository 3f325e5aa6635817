using Nfs.Server.Transport;
using Nfs.Tests.Fixtures;

namespace Nfs.Tests.Fuzz.Wire;

/// <summary>What is sent on a connection: fragments with their marks, and at the end perhaps a part of one.</summary>
internal sealed class FramedStream
{
    private const uint LastFragment = 0x8000_0000;

    private FramedStream(byte[] stream)
    {
        for (var at = 0; at < stream.Length;)
        {
            var mark = stream.Length - at < sizeof(uint) ? null : (uint?)new WireReply(stream[at..(at + 4)]).U32();
            var length = (long)(mark ?? 0) & ~LastFragment;
            if (mark is null || length > stream.Length - at - sizeof(uint))
            {
                Tail = stream[at..];
                return;
            }

            Fragments.Add((mark.Value, stream.AsSpan(at + sizeof(uint), (int)length).ToArray()));
            at += sizeof(uint) + (int)length;
        }
    }

    /// <summary>Whole fragments: the mark, which a mutation may have made wrong, and the bytes.</summary>
    public List<(uint Mark, byte[] Bytes)> Fragments { get; } = [];

    /// <summary>What is not a whole fragment.</summary>
    public byte[] Tail { get; private set; } = [];

    public static FramedStream Of(byte[] stream) => new(stream);

    public byte[] Join()
    {
        var stream = new XdrBytes();
        foreach (var (mark, bytes) in Fragments)
        {
            stream.U32(mark).Raw(bytes);
        }

        return stream.Raw(Tail);
    }

    /// <summary>
    /// The records that a server must understand, and whether the peer then breaks a rule: a record over the limit, or
    /// too many fragments without a byte in one record.
    /// </summary>
    public (List<byte[]> Records, bool IsBroken) Read()
    {
        var records = new List<byte[]>();
        var record = new List<byte>();
        var emptyCount = 0;
        foreach (var (mark, bytes) in Fragments)
        {
            emptyCount += bytes.Length == 0 ? 1 : 0;
            if (record.Count + bytes.Length > ServerLimits.RecordBytesMax ||
                emptyCount > ServerLimits.EmptyFragmentsMax)
            {
                return (records, true);
            }

            record.AddRange(bytes);
            if (mark >= LastFragment && record.Count > 0)
            {
                records.Add([.. record]);
                record.Clear();
                emptyCount = 0;
            }
        }

        // A part of a fragment shows how long the whole will be.
        var announced = Tail.Length < sizeof(uint) ? 0 : (long)new WireReply(Tail).U32() & ~LastFragment;
        return (records, record.Count + announced > ServerLimits.RecordBytesMax);
    }
}
