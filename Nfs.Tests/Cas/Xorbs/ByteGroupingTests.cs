using Cas.Client.Xorbs;
using Nfs.Tests.Fixtures;
using NUnit.Framework;

namespace Nfs.Tests.Cas.Xorbs;

// If these fail, arrays of numbers come back as other numbers.
[TestFixture]
internal sealed class ByteGroupingTests
{
    [Test]
    public void Group_EveryLength_PutsEachByteIntoItsGroup()
    {
        foreach (var length in Enumerable.Range(0, 400).Append(131_072).Append(131_071))
        {
            var source = new SplitMix64((ulong)length).Bytes(length);
            byte[] expected = [.. Enumerable.Range(0, 4).SelectMany(g => source.Where((_, i) => i % 4 == g))];
            var grouped = new byte[length];
            var back = new byte[length];

            ByteGrouping.Group(source, grouped);
            ByteGrouping.Ungroup(grouped, back);

            Assert.That(grouped.AsSpan().SequenceEqual(expected), Is.True, $"grouping {length} bytes");
            Assert.That(back.AsSpan().SequenceEqual(source), Is.True, $"back, {length} bytes");
        }
    }
}
