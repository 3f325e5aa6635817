using Nfs.Server.Transport;
using Nfs.Tests.Fixtures;
using NUnit.Framework;

namespace Nfs.Tests.Server.Transport;

/// <summary>
/// TCP cuts records anywhere. A reader that relies on where loses or mixes calls, and one that trusts announced lengths
/// gives its memory away.
/// </summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class RecordReaderTests : IDisposable
{
    private readonly RecordReader _reader = new(
        new BufferPool(), new FlowGate(new Load(new Load()), TimeProvider.System));

    public void Dispose() => _reader.Dispose();

    [Test]
    [Covers("N-15")]
    public void ALargeRecordCutAnywhere_ComesOutWhole()
    {
        var message = Bytes(1 << 20, seed: 1);
        for (var cut = 1; cut <= 200; cut++)
        {
            var records = Feed(RpcWire.Fragments(message, cut), step: 50_000);

            Assert.That(records, Has.Count.EqualTo(1));
            Assert.That(records[0].AsSpan().SequenceEqual(message), Is.True, $"cut at {cut}");
        }
    }

    [Test]
    [Covers("N-15")]
    public void OneByteFragments_AreJoined()
    {
        var message = Bytes(100_000, seed: 2);

        var records = Feed(RpcWire.Fragments(message, [.. Enumerable.Repeat(1, message.Length - 1)]), step: 777);

        Assert.That(records, Has.Count.EqualTo(1));
        Assert.That(records[0].AsSpan().SequenceEqual(message), Is.True);
    }

    [Test]
    [Covers("N-18")]
    public void RandomRecords_FragmentsAndSteps_ComeOutInOrder()
    {
        var random = new Random(4711);
        var messages = new List<byte[]>();
        var stream = new XdrBytes();
        for (var i = 0; i < 300; i++)
        {
            var length = random.Next(20) switch
            {
                0 => random.Next(1, 1 << 20),
                < 5 => random.Next(1, 100_000),
                _ => random.Next(1, 300),
            };
            var message = Bytes(length, seed: i);
            var cuts = new List<int>();
            for (var left = length; random.Next(3) == 0 && left > 1;)
            {
                var cut = random.Next(0, left);
                cuts.Add(cut);
                left -= cut;
            }

            messages.Add(message);
            stream.Raw(RpcWire.Fragments(message, [.. cuts]));
        }

        var records = Feed(stream, step: 0, random);

        Assert.That(records, Has.Count.EqualTo(messages.Count));
        for (var i = 0; i < messages.Count; i++)
        {
            Assert.That(records[i].AsSpan().SequenceEqual(messages[i]), Is.True, $"record {i}");
        }
    }

    [Test]
    public void ASharedBuffer_KeepsItsRecord_WhileOthersArrive()
    {
        var kept = new List<(ReadOnlyMemory<byte> Record, byte[] Message, PooledBuffer Buffer)>();
        for (var i = 0; i < 200; i++)
        {
            var message = Bytes(i % 10 == 0 ? 200_000 : 3000, seed: i);
            Feed(RpcWire.Record(message), step: 20_000, onRecord: record =>
            {
                _reader.Buffer.Share();
                kept.Add((record, message, _reader.Buffer));
            });
        }

        foreach (var (record, message, buffer) in kept)
        {
            Assert.That(record.Span.SequenceEqual(message), Is.True);
            buffer.Release();
        }
    }

    [Test]
    [Covers("N-16")]
    public void EmptyFragments_AreLegal_ButNotForEver()
    {
        var some = new XdrBytes();
        for (var i = 0; i < ServerLimits.EmptyFragmentsMax; i++)
        {
            some.U32(i % 2 == 0 ? 0 : 0x8000_0000u);
        }

        var records = Feed(some.Raw(RpcWire.Record([1, 2, 3, 4])), step: 3);
        Assert.That((records.Count, _reader.IsBroken), Is.EqualTo((1, false)));

        var flood = new XdrBytes();
        for (var i = 0; i <= ServerLimits.EmptyFragmentsMax; i++)
        {
            flood.U32(0);
        }

        Feed(flood, step: 4);
        Assert.That(_reader.IsBroken, Is.True);
    }

    [TestCase(0x7FFF_FFFFu)]
    [TestCase((uint)ServerLimits.RecordBytesMax + 1)]
    [Covers("N-17")]
    public void ATooLongFragment_BreaksTheConnection(uint length)
    {
        Feed(new XdrBytes().U32(0x8000_0000u | length), step: 4);

        Assert.That(_reader.IsBroken, Is.True);
    }

    [Test]
    [Covers("N-17")]
    public void TheSumOfFragmentsCounts_AndTheLimitItselfIsFine()
    {
        var longest = Bytes(ServerLimits.RecordBytesMax, seed: 3);
        Assert.That(Feed(RpcWire.Fragments(longest, 500_000, 300_000), step: 60_000), Has.Count.EqualTo(1));

        Feed(new XdrBytes().U32(1).Raw([0]).U32(0x8000_0000u | ServerLimits.RecordBytesMax), step: 9);
        Assert.That(_reader.IsBroken, Is.True);
    }

    [Test]
    [Covers("N-1", "N-17")]
    public void AnAnnouncedLength_TakesNoMemory()
    {
        Feed(new XdrBytes().U32(0x8000_0000u | ServerLimits.RecordBytesMax).Raw(new byte[1000]), step: 1004);

        Assert.That(_reader.GetSpace().Length, Is.LessThan(ServerLimits.ReceiveBytes));
    }

    private static byte[] Bytes(int length, int seed)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    /// <summary>Feeds a stream in steps (0: random ones) and copies the records out.</summary>
    private List<byte[]> Feed(
        byte[] stream, int step, Random? random = null, Action<ReadOnlyMemory<byte>>? onRecord = null)
    {
        var records = new List<byte[]>();
        for (var position = 0; position < stream.Length && !_reader.IsBroken;)
        {
            var space = _reader.GetSpace();
            Assert.That(space.Length, Is.GreaterThan(0));
            var wanted = step > 0 ? step : random!.Next(1, 100_000);
            var count = Math.Min(Math.Min(wanted, space.Length), stream.Length - position);
            stream.AsMemory(position, count).CopyTo(space);
            position += count;
            _reader.Advance(count);
            while (_reader.TryTake(out var record))
            {
                records.Add(record.ToArray());
                onRecord?.Invoke(record);
            }
        }

        return records;
    }
}
