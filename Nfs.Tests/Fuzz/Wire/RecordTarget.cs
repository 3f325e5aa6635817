using Nfs.Server.Transport;
using Nfs.Tests.Fixtures;

namespace Nfs.Tests.Fuzz.Wire;

/// <summary>
/// Gives an input to a record reader in pieces of all sizes, and holds what comes out against a plain reading of the
/// whole.
/// </summary>
internal static class RecordTarget
{
    private static readonly BufferPool s_pool = new();
    private static readonly Load s_load = new(new Load());

    /// <summary>A loop over the record reader.</summary>
    public static FuzzLoop Loop(ulong seed) =>
        new([.. Samples()], Read, Expect.IsRefusal, seed, StreamMutation.Apply) { AllocationSlack = 8 << 20 };

    /// <summary>Streams of several calls each, in one fragment and in many, and one that needs a large buffer.</summary>
    public static IEnumerable<byte[]> Samples()
    {
        var random = new SplitMix64(12);
        foreach (var calls in CallCorpus.Calls.Chunk(4))
        {
            yield return new XdrBytes().Raw([.. calls.SelectMany(call => RpcWire.Record(call))]);
            yield return new XdrBytes().Raw([.. calls.SelectMany(call => RpcWire.Fragments(call, 1, 0, 30))]);
        }

        yield return RpcWire.Fragments(random.Bytes(150_000), 40_000, 0, 60_000);
    }

    private static void Read(byte[] input)
    {
        var (expected, isBroken) = FramedStream.Of(input).Read();
        Receive(input, expected, isBroken);
        Expect.That(s_load.Bytes == 0, "a buffer is not given back");
        if (isBroken)
        {
            throw new RefusedException("broken framing");
        }
    }

    private static void Receive(byte[] input, List<byte[]> expected, bool isBroken)
    {
        var steps = new SplitMix64((ulong)input.Length ^ (input.Length > 3 ? input[3] : 0u));
        using var reader = new RecordReader(s_pool, new FlowGate(s_load, TimeProvider.System));
        var taken = 0;
        for (var position = 0; position < input.Length && !reader.IsBroken;)
        {
            var space = reader.GetSpace();
            Expect.That(!space.IsEmpty, "no space for more");
            Expect.That(
                !reader.Buffer.IsLarge || position >= ServerLimits.LargeReceiveThresholdBytes,
                "memory for what is announced and not here");
            var step = steps.Below(3) == 0 ? 1 + steps.Below(9) : 1 + steps.Below(70_000);
            var count = Math.Min(Math.Min(step, space.Length), input.Length - position);
            input.AsMemory(position, count).CopyTo(space);
            position += count;
            reader.Advance(count);
            while (reader.TryTake(out var record))
            {
                Expect.That(
                    taken < expected.Count && record.Span.SequenceEqual(expected[taken]), $"record {taken} is another");
                taken++;
            }
        }

        Expect.That(taken == expected.Count, $"{taken} records of {expected.Count}");
        Expect.That(reader.IsBroken == isBroken, $"broken: {reader.IsBroken}");
    }
}
