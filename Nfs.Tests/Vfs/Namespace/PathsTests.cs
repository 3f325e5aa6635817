using System.Text;
using NUnit.Framework;
using Nfs.Tests.Fixtures;
using Vfs.Core.Namespace;

namespace Nfs.Tests.Vfs.Namespace;

// Paths name what is changed in the store: a wrong bound deletes a neighbour of what was renamed.
[TestFixture]
internal sealed class PathsTests
{
    [Test]
    public void Join_Append_Split_AgreeWithEachOther()
    {
        Assert.That(Paths.Join([]), Is.Empty);
        Assert.That(Paths.Join([B("a")]), Is.EqualTo(B("a")));
        Assert.That(Paths.Join([B("a"), B("bc"), B("d")]), Is.EqualTo(B("a/bc/d")));
        Assert.That(Paths.Append(B(""), B("x")), Is.EqualTo(B("x")));
        Assert.That(Paths.Append(B("a/b"), B("x")), Is.EqualTo(B("a/b/x")));
        Assert.That(Paths.Split(B("a/b/x")), Is.EqualTo((B("a/b"), B("x"))));
        Assert.That(Paths.Split(B("x")), Is.EqualTo((B(""), B("x"))));
    }

    [TestCase("a", "a/b", true)]
    [TestCase("a", "a/b/c", true)]
    [TestCase("a", "a", false)]
    [TestCase("a", "a.b", false)]
    [TestCase("a", "a0", false)]
    [TestCase("a", "a-b", false)]
    [TestCase("a", "b", false)]
    [TestCase("", "a", true)]
    [Covers("EC-134")]
    public void Below_EnclosesExactlyTheChildren(string directory, string path, bool isBelow)
    {
        var (after, before) = Paths.Below(B(directory));

        var isInside = after.AsSpan().SequenceCompareTo(B(path)) < 0 && B(path).AsSpan().SequenceCompareTo(before) < 0;
        Assert.That(isInside, Is.EqualTo(isBelow));
        Assert.That(Paths.IsAtOrBelow(B(path), B(directory)), Is.EqualTo(isBelow || path == directory));
    }

    [Test]
    public void Below_TheRoot_EnclosesNamesOfEveryFirstByte()
    {
        var (after, before) = Paths.Below([]);
        for (var value = 1; value < 256; value++)
        {
            byte[] path = [(byte)value, 0xFF, 0xFF];
            Assert.That(after.AsSpan().SequenceCompareTo(path), Is.Negative);
            Assert.That(path.AsSpan().SequenceCompareTo(before), Is.Negative, $"first byte {value}");
        }
    }

    private static byte[] B(string text) => Encoding.UTF8.GetBytes(text);
}
