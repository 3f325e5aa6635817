using Cas.Client;
using Cas.Client.Composition;
using NUnit.Framework;

namespace Nfs.Tests.Cas.Composition;

// If these fail, an impossible edit writes a file of the wrong length, or a possible one is refused for ever.
[TestFixture]
internal sealed class EditListTests
{
    private const ulong Max = EditList.ContentBytesMax;

    [Test]
    public void Check_PossibleEdits_GivesTheNewSize()
    {
        Edit[] edits = [new(0, 0, 0, 5), new(0, 3, 5, 0), new(3, 3, 0, 2), new(3, 10, 4, 1), new(10, 10, 0, 5)];

        Assert.That(EditList.Check(edits, 10, 5, out var size), Is.Null);
        Assert.That(size, Is.EqualTo(5 + 0 + 2 + 1 + 5));
    }

    [Test]
    public void Check_GrowsToTheLargestSizeAndNotBeyond()
    {
        Assert.That(EditList.Check([new(0, 0, 0, 1)], Max - 1, 1, out var size), Is.Null);
        Assert.That(size, Is.EqualTo(Max));
        Assert.That(EditList.Check([new(0, 0, 0, 1)], Max, 1, out _), Does.Contain("larger"));
        Assert.That(EditList.Check([new(0, 1, 0, 1)], Max, 1, out _), Is.Null);
        Assert.That(EditList.Check([new(0, 0, 0, ulong.MaxValue)], 10, ulong.MaxValue, out _), Does.Contain("larger"));
    }

    [TestCase(2UL, 1UL, 0UL, 0UL, "not in order")]
    [TestCase(0UL, 11UL, 0UL, 0UL, "past the 10 bytes")]
    [TestCase(11UL, 11UL, 0UL, 0UL, "past the 10 bytes")]
    [TestCase(0UL, ulong.MaxValue, 0UL, 0UL, "past the 10 bytes")]
    [TestCase(0UL, 0UL, 6UL, 0UL, "source of 5")]
    [TestCase(0UL, 0UL, 4UL, 2UL, "source of 5")]
    [TestCase(0UL, 0UL, 1UL, ulong.MaxValue, "source of 5")]
    public void Check_ImpossibleEdit_SaysWhy(ulong start, ulong end, ulong sourceOffset, ulong length, string reason) =>
        Assert.That(EditList.Check([new(start, end, sourceOffset, length)], 10, 5, out _), Does.Contain(reason));
}
