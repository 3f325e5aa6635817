using NUnit.Framework;
using Vfs.Core.Ranges;

namespace Nfs.Tests.Vfs.Ranges;

// The database holds ranges in this form: a wrong one is data lost at the next start, and a damaged database must be
// an error and never a crash or invented ranges.
[TestFixture]
internal sealed class RangeSetCodecTests
{
    [TestCase(0)]
    [TestCase(1)]
    [TestCase(17)]
    [TestCase(5000)]
    public void RoundTrip(int count)
    {
        var random = new Random(count);
        var set = new RangeSet();
        for (var i = 0; i < count; i++)
        {
            set.Add(ByteRange.At((ulong)random.NextInt64(1L << random.Next(1, 54)), 1 + (ulong)random.Next(100_000)));
        }

        var bytes = RangeSetCodec.Encode(set);

        Assert.That(RangeSetCodec.Decode(bytes), Is.EqualTo(set));
        Assert.That(RangeSetCodec.Encode(RangeSetCodec.Decode(bytes)), Is.EqualTo(bytes));
    }

    [Test]
    public void RoundTrip_TheWholeOfTheNumbers()
    {
        var set = new RangeSet();
        set.Add(new ByteRange(0, ulong.MaxValue));

        Assert.That(RangeSetCodec.Decode(RangeSetCodec.Encode(set)), Is.EqualTo(set));
    }

    [Test]
    public void Encode_IsAsDocumented()
    {
        var set = new RangeSet();
        set.Add(new ByteRange(1, 3));
        set.Add(new ByteRange(300, 301));

        Assert.That(RangeSetCodec.Encode(set), Is.EqualTo(new byte[] { 1, 2, 0xA9, 0x02, 1 }));
    }

    [Test]
    public void Decode_EveryTruncation_IsRefusedOrAPrefix()
    {
        var set = new RangeSet();
        for (var i = 0; i < 20; i++)
        {
            set.Add(ByteRange.At((ulong)i * 100_000, 777));
        }

        var bytes = RangeSetCodec.Encode(set);
        for (var length = 0; length < bytes.Length; length++)
        {
            try
            {
                var decoded = RangeSetCodec.Decode(bytes.AsSpan(0, length));
                Assert.That(decoded, Is.EqualTo(set.Take(decoded.Count)));
            }
            catch (InvalidDataException)
            {
            }
        }
    }

    [TestCase("05", Description = "a gap without a length")]
    [TestCase("0500", Description = "an empty range")]
    [TestCase("80", Description = "an unfinished number")]
    [TestCase("FFFFFFFFFFFFFFFFFFFF01", Description = "a number of eleven bytes")]
    [TestCase("FFFFFFFFFFFFFFFFFF0101", Description = "an end past the last number")]
    [TestCase("01FFFFFFFFFFFFFFFFFF01", Description = "a length past the last number")]
    public void Decode_DamagedBytes_AreRefused(string hex)
    {
        Assert.That(() => RangeSetCodec.Decode(Convert.FromHexString(hex)), Throws.InstanceOf<InvalidDataException>());
    }

    [Test]
    public void Decode_RandomBytes_GivesASetOrIsRefused()
    {
        var random = new Random(5);
        for (var i = 0; i < 20_000; i++)
        {
            var bytes = new byte[random.Next(40)];
            random.NextBytes(bytes);
            try
            {
                RangeSetTests.AssertWellFormed(RangeSetCodec.Decode(bytes), Convert.ToHexString(bytes));
            }
            catch (InvalidDataException)
            {
            }
        }
    }
}
