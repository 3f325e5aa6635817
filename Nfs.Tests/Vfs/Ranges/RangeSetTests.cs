using System.Collections;
using NUnit.Framework;
using Nfs.Tests.Fixtures;
using Vfs.Core.Ranges;

namespace Nfs.Tests.Vfs.Ranges;

// Which bytes are here, and which are newer than the store's, is all kept in range sets: one wrong range is zeros or
// old bytes in a user's file.
[TestFixture]
internal sealed class RangeSetTests
{
    private const int Universe = 4000;

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    [TestCase(4)]
    public void RandomOperations_AgreeWithABitArray(int seed)
    {
        var random = new Random(seed);
        var set = new RangeSet();
        var model = new BitArray(Universe);
        var lengthMax = seed % 2 == 0 ? 4 : 600;

        for (var step = 0; step < 3000; step++)
        {
            var range = RandomRange(random, lengthMax);
            if (random.Next(5) < 3)
            {
                set.Add(range);
                Fill(model, range, true);
            }
            else if (random.Next(40) == 0)
            {
                set.Clip(range.Start);
                Fill(model, new ByteRange(range.Start, Universe), false);
            }
            else
            {
                set.Remove(range);
                Fill(model, range, false);
            }

            if (step % 10 == 0)
            {
                AssertSame(set, model, $"seed {seed} step {step}");
                AssertWindows(set, model, RandomRange(random, Universe), $"seed {seed} step {step}");
            }
        }
    }

    [Test]
    [Covers("EC-44")]
    public void ManyBlocks_KeepEveryRange()
    {
        var set = new RangeSet();
        var order = Enumerable.Range(0, 20_000).ToArray();
        new Random(7).Shuffle(order);

        foreach (var i in order)
        {
            set.Add(At(i * 10, 3));
        }

        AssertWellFormed(set, "many blocks");
        Assert.That((set.Count, set.TotalBytes, set.End), Is.EqualTo((20_000, 60_000UL, 199_993UL)));
        foreach (var i in order)
        {
            Assert.That(set.Contains(At(i * 10, 3)) && !set.Contains(At(i * 10, 4)), Is.True);
        }

        // Across blocks: one addition swallows thousands of ranges, one removal cuts thousands away.
        set.Add(At(5, 150_000));
        AssertWellFormed(set, "after the long range");
        Assert.That(set.Contains(At(5, 150_000)), Is.True);
        set.Remove(At(1000, 198_000));
        AssertWellFormed(set, "after the long removal");
        Assert.That(set.TotalBytes, Is.EqualTo(3 + 995 + (100 * 3UL)));
    }

    [Test]
    public void Remove_InTheMiddleOfAFullBlock_SplitsTheRange()
    {
        var set = new RangeSet();
        for (var i = 0; i < 512; i++)
        {
            set.Add(At(i * 100, 50));
        }

        set.Remove(At((255 * 100) + 10, 5));

        AssertWellFormed(set, "after the split");
        Assert.That(set.Count, Is.EqualTo(513));
        Assert.That(set.Contains(At(255 * 100, 10)) && set.Contains(At((255 * 100) + 15, 35)), Is.True);
    }

    [Test]
    public void EmptyRanges_ChangeNothing()
    {
        var set = new RangeSet();
        set.Add(At(10, 10));

        set.Add(At(5, 0));
        set.Remove(At(15, 0));
        set.Clip(20);

        Assert.That(set, Is.EqualTo(new[] { At(10, 10) }));
        Assert.That(set.Contains(At(100, 0)), Is.True);
        Assert.That(set.Within(At(15, 0)), Is.Empty);
        Assert.That(set.Missing(At(0, 0)), Is.Empty);
    }

    [Test]
    public void ExtremeOffsets_Work()
    {
        var set = new RangeSet();
        set.Add(new ByteRange(0, 1));
        set.Add(new ByteRange(ulong.MaxValue - 1, ulong.MaxValue));

        set.Clip(1UL << 53);

        Assert.That(set, Is.EqualTo(new[] { new ByteRange(0, 1) }));
        set.Remove(new ByteRange(0, ulong.MaxValue));
        Assert.That(set.IsEmpty, Is.True);
        Assert.That(set.End, Is.Zero);
    }

    [Test]
    public void Clone_IsIndependent()
    {
        var set = new RangeSet();
        set.Add(At(0, 10));

        var copy = set.Clone();
        copy.Add(At(10, 10));
        copy.ExceptWith(set);

        Assert.That(set, Is.EqualTo(new[] { At(0, 10) }));
        Assert.That(copy, Is.EqualTo(new[] { At(10, 10) }));
        set.UnionWith(copy);
        Assert.That(set, Is.EqualTo(new[] { At(0, 20) }));
    }

    [Test]
    public void ByteRange_Intersect_IsNeverReversed()
    {
        Assert.That(At(0, 10).Intersect(At(5, 10)), Is.EqualTo(At(5, 5)));
        Assert.That(At(0, 10).Intersect(At(20, 10)).IsEmpty, Is.True);
        Assert.That(At(20, 10).Intersect(At(0, 10)).IsEmpty, Is.True);
        Assert.That(() => ByteRange.At(ulong.MaxValue, 2), Throws.InstanceOf<OverflowException>());
    }

    internal static ByteRange At(int start, int length) => new((ulong)start, (ulong)(start + length));

    internal static void AssertWellFormed(RangeSet set, string when)
    {
        ulong? end = null;
        var count = 0;
        ulong total = 0;
        foreach (var range in set)
        {
            Assert.That(range.IsEmpty, Is.False, when);
            Assert.That(end is null || range.Start > end, Is.True, $"{when}: sorted, disjoint and not adjacent");
            end = range.End;
            count++;
            total += range.Length;
        }

        Assert.That((set.Count, set.TotalBytes, set.IsEmpty), Is.EqualTo((count, total, count == 0)), when);
    }

    private static ByteRange RandomRange(Random random, int lengthMax)
    {
        var start = random.Next(Universe);
        return At(start, Math.Min(random.Next(lengthMax), Universe - start));
    }

    private static void Fill(BitArray model, ByteRange range, bool value)
    {
        for (var i = (int)range.Start; i < (int)range.End; i++)
        {
            model[i] = value;
        }
    }

    private static void AssertSame(RangeSet set, BitArray model, string when)
    {
        AssertWellFormed(set, when);
        var found = new BitArray(Universe);
        foreach (var range in set)
        {
            Fill(found, range, true);
        }

        Assert.That(found.Xor(model).HasAnySet(), Is.False, when);
    }

    private static void AssertWindows(RangeSet set, BitArray model, ByteRange window, string when)
    {
        var within = new BitArray(Universe);
        set.Within(window).ForEach(r => Fill(within, r, true));
        var missing = new BitArray(Universe);
        set.Missing(window).ForEach(r => Fill(missing, r, true));
        var isFull = true;
        for (var i = 0; i < Universe; i++)
        {
            var isInside = (ulong)i >= window.Start && (ulong)i < window.End;
            isFull &= !isInside || model[i];
            if (within[i] != (isInside && model[i]) || missing[i] != (isInside && !model[i]))
            {
                Assert.Fail($"{when}: byte {i} of {window}");
            }
        }

        Assert.That(set.Contains(window), Is.EqualTo(isFull), when);
    }
}
