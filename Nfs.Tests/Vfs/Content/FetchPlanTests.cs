using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Vfs.Core;
using Vfs.Core.Content;
using Vfs.Core.Ranges;

namespace Nfs.Tests.Vfs.Content;

// Every request costs a round trip, and every byte of it costs traffic: holes must be fetched in few requests, and no
// byte twice.
[TestFixture]
internal sealed class FetchPlanTests
{
    private const ulong Kibibyte = 1024;
    private const ulong Mebibyte = 1 << 20;

    [Test]
    [Covers("EC-42")]
    public void NearHoles_ShareARequest_AndFarOnesDoNot()
    {
        var holes = Ranges((0, 4), (100, 104), (231, 240), (1000, 1004));

        var requests = FetchPlan.Requests(holes, []);

        Assert.That(requests, Is.EqualTo(Ranges((0, 240), (1000, 1004))));
    }

    [Test]
    public void LongHoles_AreCutIntoRequests()
    {
        Assert.That(
            FetchPlan.Requests(Ranges((0, 2560)), []),
            Is.EqualTo(Ranges((0, 1024), (1024, 2048), (2048, 2560))));
    }

    [Test]
    public void WhatIsBeingFetched_IsNotAskedForAgain()
    {
        var running = new[] { Running(64, 128), Running(300, 310) };

        Assert.That(
            FetchPlan.Requests(Ranges((0, 192), (250, 256), (320, 330)), running),
            Is.EqualTo(Ranges((0, 64), (128, 256), (320, 330))));
        Assert.That(FetchPlan.Requests(Ranges((64, 128)), running), Is.Empty);
    }

    [Test]
    public void RandomHoles_AreAllFetched_NoneTwice_AndLittleElse([Range(1, 50)] int seed)
    {
        var random = new Random(seed);
        var holes = RandomSet(random, 40);
        var fetched = RandomSet(random, 5);
        var running = fetched.Select(range => new Fetch(default, range, Task.FromResult(VfsError.None))).ToList();

        var requests = FetchPlan.Requests([.. holes], running);

        var asked = new RangeSet();
        foreach (var request in requests)
        {
            Assert.That(asked.Within(request), Is.Empty, "no byte twice");
            Assert.That(fetched.Within(request), Is.Empty, "nor one that is on its way");
            Assert.That(request.Length, Is.InRange(1, Mebibyte));
            asked.Add(request);
        }

        foreach (var hole in holes)
        {
            Assert.That(hole.Length == 0 || Missing(asked, fetched, hole) == 0, "every hole");
        }

        var needless = asked.TotalBytes - Overlap(asked, holes);
        Assert.That(needless, Is.LessThanOrEqualTo((ulong)holes.Count * 128 * Kibibyte), "gaps are bounded");
    }

    private static ulong Missing(RangeSet asked, RangeSet fetched, ByteRange hole)
    {
        var all = asked.Clone();
        all.UnionWith(fetched);
        return all.Missing(hole).Aggregate(0UL, (sum, range) => sum + range.Length);
    }

    private static ulong Overlap(RangeSet left, RangeSet right) =>
        right.SelectMany(left.Within).Aggregate(0UL, (sum, range) => sum + range.Length);

    private static RangeSet RandomSet(Random random, int count)
    {
        var set = new RangeSet();
        for (var i = 0; i < count; i++)
        {
            set.Add(ByteRange.At((ulong)random.NextInt64(20 << 20), (ulong)random.NextInt64(1 << 19)));
        }

        return set;
    }

    private static Fetch Running(ulong start, ulong end) =>
        new(default, new ByteRange(start * Kibibyte, end * Kibibyte), Task.FromResult(VfsError.None));

    private static List<ByteRange> Ranges(params (ulong Start, ulong End)[] kibibytes) =>
        [.. kibibytes.Select(range => new ByteRange(range.Start * Kibibyte, range.End * Kibibyte))];
}
