using Cas.Client;
using Cas.Client.Composition;
using Cas.Client.Shards;
using NUnit.Framework;

namespace Nfs.Tests.Cas.Composition;

// If these fail, an edit has more of a file read than it must, or less than it needs.
[TestFixture]
internal sealed class TouchedTermsTests
{
    private static readonly ShardTerm[] s_terms =
        [.. Enumerable.Range(0, 6).Select(i => new ShardTerm(new MerkleHash(1, 2, 3, 4), 100, (uint)i, (uint)i + 1))];

    [TestCase(150, 160, 5, ".R....", "150-161")]
    [TestCase(150, 450, 5, ".RxxR.", "150-200 400-451")]
    [TestCase(150, 350, 5, ".RxR..", "150-200 300-351")]
    [TestCase(150, 250, 5, ".RR...", "150-251")]
    [TestCase(100, 200, 0, ".RR...", "100-201")]
    [TestCase(600, 600, 5, ".....R", "599-600")]
    [TestCase(0, 600, 0, "RxxxxR", "0-100 500-600")]
    [TestCase(150, 150, 0, "......", "")]
    [TestCase(200, 200, 1, "..R...", "200-201")]
    public void OneEdit(int start, int end, int length, string uses, string edges)
    {
        var touched = new TouchedTerms(s_terms, [new Edit((ulong)start, (ulong)end, 0, (ulong)length)]);

        Assert.That(Shown(touched), Is.EqualTo((uses, edges)));
    }

    [Test]
    public void Edits_OfNeighbours_AreOneRange()
    {
        var touched = new TouchedTerms(
            s_terms, [new Edit(10, 20, 0, 1), new Edit(30, 330, 0, 1), new Edit(420, 430, 0, 1), new Edit(590, 600, 0, 1)]);

        Assert.That(Shown(touched), Is.EqualTo(("RxxRRR", "10-100 300-600")));
    }

    private static (string Uses, string Edges) Shown(TouchedTerms touched) => (
        string.Concat(touched.Uses.Select(use => use switch
        {
            TermUse.Kept => '.', TermUse.Read => 'R', TermUse.Replaced => 'x',
        })),
        string.Join(' ', touched.Edges.Select(edge => $"{edge.Start}-{edge.End}")));
}
