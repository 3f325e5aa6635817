using NUnit.Framework;
using Vfs.Core.Content;
using Vfs.Core.Ranges;

namespace Nfs.Tests.Vfs.Content;

// If these fail, making room drops what people work with, or a file of absurd length takes the gateway's memory.
[TestFixture]
internal sealed class PartUsesTests
{
    private const ulong Part = 16 << 20;

    [Test]
    public void Parts_KnowTheirLastUse_AndTheBytesOfTheSet()
    {
        var uses = new PartUses();
        uses.Note(new ByteRange(0, 2 * Part), 5);
        uses.Note(new ByteRange(Part + 10, Part + 11), 9);
        var set = Set((100, 200), (300, 400), (Part - 1, Part + 1), (5 * Part, (5 * Part) + 7));

        Assert.That(uses.Of(set), Is.EqualTo(new[]
        {
            new PartUse(new ByteRange(0, Part), 201, 5),
            new PartUse(new ByteRange(Part, 2 * Part), 1, 9),
            new PartUse(new ByteRange(5 * Part, 6 * Part), 7, 0),
        }));
    }

    [Test]
    public void PartsOfALongFile_AreFew_AndKeepTheirLatestUse()
    {
        var uses = new PartUses();
        uses.Note(new ByteRange(Part, Part + 1), 7);
        uses.Note(new ByteRange(0, 1), 3);
        uses.Note(new ByteRange(ulong.MaxValue / 4, ulong.MaxValue / 2), 8);

        var parts = uses.Of(Set((0, ulong.MaxValue / 2)));

        Assert.That(parts, Has.Count.InRange(2048, 4096));
        Assert.That((parts[0].LastUse, parts[1].LastUse, parts[^1].LastUse), Is.EqualTo((7, 0, 8)));
        Assert.That(parts.Aggregate(0UL, (sum, part) => sum + part.Bytes), Is.EqualTo(ulong.MaxValue / 2));
    }

    private static RangeSet Set(params (ulong Start, ulong End)[] ranges)
    {
        var set = new RangeSet();
        foreach (var (start, end) in ranges)
        {
            set.Add(new ByteRange(start, end));
        }

        return set;
    }
}
