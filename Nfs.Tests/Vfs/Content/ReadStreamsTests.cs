using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Vfs.Core.Content;
using Vfs.Core.Ranges;

namespace Nfs.Tests.Vfs.Content;

// Who guesses wrong makes users pay: a sequential reader waits for the store at every call, or a random one has a
// multiple of what he reads fetched.
[TestFixture]
internal sealed class ReadStreamsTests
{
    private const ulong Kibibyte = 1024;
    private const ulong Mebibyte = 1 << 20;

    private ReadStreams _streams = null!;

    [SetUp]
    public void SetUp() => _streams = new ReadStreams();

    [Test]
    public void SequentialReader_HasAWindow_ThatDoublesFrom1To64Mebibytes()
    {
        var sizes = new List<ulong>();
        for (var at = 0UL; at < 200; at++)
        {
            var ahead = Note(at * Mebibyte, Mebibyte);
            if (!ahead.IsEmpty)
            {
                Assert.That(ahead.Start, Is.EqualTo((at + 1) * Mebibyte), "it begins where the reader is");
            }

            sizes.Add(ahead.Length / Mebibyte);
        }

        Assert.That(sizes[0], Is.Zero, "one read is not a stream");
        Assert.That(new[] { 1, 2, 4, 8, 16, 32, 64 }.Select(run => sizes[run]), Is.All.Positive);
        Assert.That(
            Enumerable.Range(1, 199).Select(run => sizes[run]),
            Is.All.Matches<ulong>(size => size <= 64), "never more than 64 MiB");
        Assert.That(
            Enumerable.Range(1, 199).All(run => sizes[run] <= (ulong)run + 1), "never more than was read");
        Assert.That(sizes[1], Is.EqualTo(2).Or.EqualTo(1));
        Assert.That(sizes.Skip(64), Is.All.InRange(57, 64));
    }

    [Test]
    public void Window_EndsAtMultiplesOfARequest_SoThatEachIsWhole()
    {
        for (var at = 0UL; at < 4000; at++)
        {
            var ahead = Note(at * 64 * Kibibyte, 64 * Kibibyte);
            Assert.That(ahead.IsEmpty || ahead.End % FetchPlan.RequestBytesMax == 0, $"{ahead}");
        }
    }

    [Test]
    [Covers("EC-176")]
    public void CallsOutOfOrder_AreOneStream([Range(1, 5)] int seed)
    {
        // As a client with sixteen calls in flight: within each sixteen any order.
        var random = new Random(seed);
        var last = default(ByteRange);
        for (var batch = 0; batch < 8; batch++)
        {
            var order = Enumerable.Range(batch * 16, 16).ToArray();
            random.Shuffle(order);
            foreach (var at in order)
            {
                var ahead = Note((ulong)at * Mebibyte, Mebibyte);
                last = ahead.IsEmpty ? last : ahead;
            }
        }

        Assert.That(last.Start, Is.EqualTo(128 * Mebibyte), "all runs became one");
        Assert.That(last.Length, Is.EqualTo(64 * Mebibyte));
    }

    [Test]
    public void SeveralReaders_OfOneFile_HaveWindowsOfTheirOwn()
    {
        var random = new Random(1);
        for (var step = 0UL; step < 32; step++)
        {
            for (var reader = 0UL; reader < 8; reader++)
            {
                var start = ((reader * 1000) + step) * Mebibyte;
                var ahead = Note(start, Mebibyte);
                Assert.That(ahead.IsEmpty, Is.EqualTo(step == 0), $"reader {reader}");
                Note((ulong)random.NextInt64(1L << 40) & ~0xFFFUL, 4096);
            }
        }
    }

    [Test]
    [Covers("EC-171")]
    public void RandomReaders_HaveNothingFetchedAhead()
    {
        var random = new Random(1);
        var ahead = 0UL;
        for (var i = 0; i < 100_000; i++)
        {
            ahead += Note((ulong)random.NextInt64(1 << 18) * 4096, 4096).Length;
        }

        Assert.That(ahead, Is.LessThan(100_000 * 400UL), "chance makes runs now and then: a tenth of a read's bytes");
    }

    [TestCase(4096UL, 128 * Kibibyte, Description = "a column of a table")]
    [TestCase(Mebibyte, 2 * Mebibyte, Description = "every other mebibyte")]
    [TestCase(128 * Kibibyte, 16 * Mebibyte, Description = "a large step")]
    [Covers("EC-170")]
    public void StridedReaders_HaveNothingFetchedAhead(ulong length, ulong stride)
    {
        for (var i = 0UL; i < 1000; i++)
        {
            Assert.That(Note(i * stride, length).IsEmpty, $"step {i}");
        }
    }

    [Test]
    public void BackwardReaders_HaveNothingFetchedAhead()
    {
        for (var i = 1000UL; i > 0; i--)
        {
            Assert.That(Note(i * Mebibyte, Mebibyte).IsEmpty, $"step {i}");
        }
    }

    [Test]
    [Covers("EC-177")]
    public void SecondPass_IsAStreamAgain_AndFollowsItsOwnReader()
    {
        for (var pass = 0; pass < 3; pass++)
        {
            for (var at = 0UL; at < 100; at++)
            {
                var ahead = Note(at * Mebibyte, Mebibyte);
                Assert.That(ahead.IsEmpty, Is.EqualTo(at == 0), $"pass {pass}, {at}");
                Assert.That(ahead.IsEmpty || ahead.Start == (at + 1) * Mebibyte, $"pass {pass}, {at}");
            }
        }
    }

    [Test]
    public void SmallReads_AreAStream_WhenEnoughWasRead()
    {
        var first = Enumerable.Range(0, 1000).First(i => !Note((ulong)i * 4096, 4096).IsEmpty);

        Assert.That(first * 4096, Is.InRange(128 << 10, 256 << 10));
    }

    [Test]
    public void Window_FitsIntoASmallCache()
    {
        for (var at = 0UL; at < 100; at++)
        {
            Assert.That(_streams.Note(ByteRange.At(at * Mebibyte, Mebibyte), 5 * Mebibyte, 0).Length,
                Is.LessThanOrEqualTo(5 * Mebibyte));
        }

        for (var at = 100UL; at < 200; at++)
        {
            Assert.That(_streams.Note(ByteRange.At(at * Mebibyte, Mebibyte), Mebibyte - 1, 0).IsEmpty);
        }
    }

    [Test]
    public void AboutToRead_IsTheWindow_OfThoseWhoReadLately()
    {
        for (var at = 0UL; at < 10; at++)
        {
            _streams.Note(ByteRange.At(at * Mebibyte, Mebibyte), ulong.MaxValue, 5);
            _streams.Note(ByteRange.At((at + 1000) * Mebibyte, Mebibyte), ulong.MaxValue, 7);
        }

        Assert.That(_streams.AboutToRead(6).Select(range => range.Start), Is.EqualTo(new[] { 1010 * Mebibyte }));
        Assert.That(_streams.AboutToRead(5).Count(), Is.EqualTo(2));
        Assert.That(_streams.AboutToRead(long.MaxValue), Is.Empty);
    }

    private ByteRange Note(ulong offset, ulong length) =>
        _streams.Note(ByteRange.At(offset, length), ulong.MaxValue, 0);
}
