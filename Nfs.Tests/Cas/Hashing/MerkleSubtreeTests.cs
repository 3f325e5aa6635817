using System.Text.Json;
using Cas.Client;
using Cas.Client.Hashing;
using Nfs.Tests.Fixtures;
using NUnit.Framework;

namespace Nfs.Tests.Cas.Hashing;

// If these fail, the hash of a file that was edited without reading all of it is wrong: the store refuses the edit.
[TestFixture]
internal sealed class MerkleSubtreeTests
{
    private static IEnumerable<TestCaseData> GoldenCases() =>
        GoldenFile.Json("subtree.json").GetProperty("cases").EnumerateArray().Select(
            e => new TestCaseData(e.GetProperty("n").GetInt32(), e));

    [TestCaseSource(nameof(GoldenCases))]
    public void Merge_OfTheParts_IsGolden(int count, JsonElement expected)
    {
        var chunks = MerkleLists.Make(expected);
        int[] cuts = [0, .. expected.GetProperty("cutsAt").EnumerateArray().Select(e => e.GetInt32()), count];
        var golden = expected.GetProperty("parts").EnumerateArray().ToArray();

        var parts = Parts(chunks, cuts);

        Assert.That(parts, Has.Count.EqualTo(golden.Length));
        foreach (var (part, goldenPart) in parts.Zip(golden))
        {
            AssertGolden(part, goldenPart);
        }

        var merged = parts.Aggregate(MerkleSubtree.Merge);
        AssertGolden(merged, expected.GetProperty("merged"));
        Assert.That(merged.Root, Is.EqualTo(MerkleLists.Hash(expected.GetProperty("finalAggregatedHash"))));
        Assert.That(XetHash.File(merged.Root!.Value), Is.EqualTo(MerkleLists.Hash(expected.GetProperty("fileHash"))));
    }

    [Test]
    public void Merge_OfAnyPartsInAnyOrder_GivesTheRootOfTheWhole(
        [Values("random", "allcut", "nocut")] string mode, [Range(0, 39)] int seed)
    {
        var random = new SplitMix64((ulong)seed);
        var count = random.Below(1 << (1 + (seed % 12)));
        var chunks = MerkleLists.Make(count, (ulong)seed, mode);
        int[] cuts =
        [
            0, .. Enumerable.Range(0, random.Below(8)).Select(_ => random.Below(count + 1)).Order(), count,
        ];
        var parts = Parts(chunks, cuts);

        while (parts.Count > 1)
        {
            var at = random.Below(parts.Count - 1);
            parts[at] = MerkleSubtree.Merge(parts[at], parts[at + 1]);
            parts.RemoveAt(at + 1);
        }

        Assert.That(parts[0].Root, Is.EqualTo(MerkleRoot.Of(chunks)));
    }

    [Test]
    public void Root_OfAPart_IsUnknown()
    {
        var chunks = MerkleLists.Make(10, 1, "random");

        Assert.That(MerkleSubtree.Of(chunks, true, false).Root, Is.Null);
        Assert.That(MerkleSubtree.Of(chunks, false, true).Root, Is.Null);
        Assert.That(MerkleSubtree.Of(chunks, true, true).Root, Is.EqualTo(MerkleRoot.Of(chunks)));
        Assert.That(MerkleSubtree.Of([], true, true).Root, Is.EqualTo(MerkleHash.Zero));
    }

    [Test]
    public void Merge_BehindTheEnd_Throws()
    {
        var part = MerkleSubtree.Of(MerkleLists.Make(3, 1, "random"), true, true);

        Assert.That(() => MerkleSubtree.Merge(part, part), Throws.ArgumentException);
    }

    [Test]
    public void TryCreate_FromNonsense_GivesNothing()
    {
        var node = new MerkleNode(default, ulong.MaxValue);

        Assert.That(MerkleSubtree.TryCreate([node], [(1, 0)], true, true), Is.Not.Null);
        Assert.That(MerkleSubtree.TryCreate([node], [(0, 0)], true, true), Is.Null);
        Assert.That(MerkleSubtree.TryCreate([node], [(2, -1)], true, true), Is.Null);
        Assert.That(MerkleSubtree.TryCreate([node], [(int.MaxValue, int.MaxValue)], true, true), Is.Null);
        Assert.That(MerkleSubtree.TryCreate([node, node], [(1, 1)], true, true), Is.Null);
        Assert.That(MerkleSubtree.TryCreate([], [.. Enumerable.Repeat((0, 0), 65)], true, true), Is.Null);
    }

    private static List<MerkleSubtree> Parts(MerkleNode[] chunks, int[] cuts) =>
        [.. Enumerable.Range(1, cuts.Length - 1).Select(
            i => MerkleSubtree.Of(chunks.AsSpan(cuts[i - 1]..cuts[i]), i == 1, i == cuts.Length - 1))];

    private static void AssertGolden(MerkleSubtree part, JsonElement golden)
    {
        var expected = MerkleSubtrees.Read(golden)!;

        Assert.That(part.Levels, Is.EqualTo(expected.Levels));
        Assert.That(part.Nodes, Is.EqualTo(expected.Nodes));
        Assert.That((part.IsAtStart, part.IsAtEnd), Is.EqualTo((expected.IsAtStart, expected.IsAtEnd)));
    }
}
