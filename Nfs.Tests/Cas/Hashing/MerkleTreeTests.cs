using Cas.Client;
using Cas.Client.Hashing;
using Nfs.Tests.Fixtures;
using NUnit.Framework;

namespace Nfs.Tests.Cas.Hashing;

// If these fail, a file that was edited in place gets another hash than the same bytes stored anew, or the hash of an
// edit takes as long as the file is large.
[TestFixture]
internal sealed class MerkleTreeTests
{
    [Test]
    public void Replace_AnySpans_GivesTheRootOfTheNewList(
        [Values("random", "allcut", "nocut")] string mode, [Range(0, 29)] int seed)
    {
        var random = new SplitMix64((ulong)seed);
        var list = MerkleLists.Make(random.Below(1 << (1 + (seed % 12))), (ulong)seed, mode).ToList();
        var tree = MerkleTree.Of(list.ToArray());
        for (var step = 0; step < 25; step++)
        {
            var splices = RandomSplices(random, list.Count, mode);
            foreach (var splice in splices.AsEnumerable().Reverse())
            {
                list.RemoveRange((int)splice.Start, (int)(splice.End - splice.Start));
                list.InsertRange((int)splice.Start, splice.Chunks.ToArray());
            }

            var before = tree.Root;
            var edited = tree.Replace(splices);

            Assert.That(edited.Root, Is.EqualTo(MerkleRoot.Of(list.ToArray())), $"step {step}, {list.Count} chunks");
            Assert.That(edited.Count, Is.EqualTo(list.Count));
            Assert.That(edited.Chunks(0, list.Count), Is.EqualTo(list));
            Assert.That(edited.Length, Is.EqualTo(list.Aggregate(0UL, (sum, chunk) => sum + chunk.Length)));
            Assert.That(tree.Root, Is.EqualTo(before));
            tree = edited;
        }
    }

    [Test]
    public void Replace_EverySpanOfASmallList_GivesTheRootOfTheNewList(
        [Values("random", "allcut", "nocut")] string mode, [Range(0, 12)] int count)
    {
        var list = MerkleLists.Make(count, 1, mode);
        var extra = MerkleLists.Make(11, 2, mode);
        var tree = MerkleTree.Of(list);
        for (var start = 0; start <= count; start++)
        {
            for (var end = start; end <= count; end++)
            {
                foreach (var inserted in (int[])[0, 1, 2, 3, 11])
                {
                    MerkleNode[] edited = [.. list[..start], .. extra[..inserted], .. list[end..]];

                    var root = tree.Replace([new MerkleSplice(start, end, extra.AsMemory(0, inserted))]).Root;

                    Assert.That(root, Is.EqualTo(MerkleRoot.Of(edited)), $"[{start}, {end}) by {inserted}");
                }
            }
        }
    }

    [Test]
    public void Replace_OneChunkOfMany_TouchesAFewNodesOnly()
    {
        var list = MerkleLists.Make(200_000, 1, "random");
        var tree = MerkleTree.Of(list);
        var other = MerkleLists.Make(100, 2, "random");
        tree.Replace([new MerkleSplice(0, 1, other.AsMemory(0, 1))]);
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var i = 0; i < 100; i++)
        {
            tree.Replace([new MerkleSplice(i * 1999, (i * 1999) + 1, other.AsMemory(i, 1))]);
        }

        // A copy of one level alone would be 8 MB.
        Assert.That((GC.GetAllocatedBytesForCurrentThread() - before) / 100, Is.LessThan(100_000));
    }

    [Test]
    public void ChunkAt_AndChunkHolding_FindEveryChunk([Values(1, 2, 5, 300)] int count)
    {
        var list = MerkleLists.Make(count, 3, "random");
        var tree = MerkleTree.Of(list);
        var offset = 0UL;
        for (var i = 0; i < count; i++)
        {
            var place = new MerklePlace(i, offset, list[i]);

            Assert.That(tree.ChunkAt(i), Is.EqualTo(place));
            Assert.That(tree.ChunkHolding(offset), Is.EqualTo(place));
            Assert.That(tree.ChunkHolding(offset + list[i].Length - 1), Is.EqualTo(place));
            offset += list[i].Length;
        }

        Assert.That(() => tree.ChunkAt(count), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => tree.ChunkHolding(offset), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(tree.Chunks(count / 3, count / 2), Is.EqualTo(list[(count / 3)..(count / 2)]));
    }

    [Test]
    public void Empty_HasNoChunksAndTheZeroHash()
    {
        Assert.That(MerkleTree.Empty.Root, Is.EqualTo(MerkleHash.Zero));
        Assert.That(MerkleTree.Empty.Count, Is.Zero);
        Assert.That(MerkleTree.Empty.Chunks(0, 0), Is.Empty);
        Assert.That(MerkleTree.Of(default).Root, Is.EqualTo(MerkleHash.Zero));
    }

    [TestCase(0, 11, 11, 11)]
    [TestCase(5, 4, 5, 6)]
    [TestCase(0, 5, 4, 6)]
    [TestCase(-1, 0, 1, 1)]
    public void Replace_ImpossibleSplices_Throws(long start, long end, long nextStart, long nextEnd)
    {
        var tree = MerkleTree.Of(MerkleLists.Make(10, 4, "random"));

        Assert.That(
            () => tree.Replace([new(start, end, default), new(nextStart, nextEnd, default)]),
            Throws.ArgumentException);
    }

    private static List<MerkleSplice> RandomSplices(SplitMix64 random, int count, string mode)
    {
        var splices = new List<MerkleSplice>();
        var (most, spread) = (1 + random.Below(6), 1 + random.Below(count + 1));
        var index = random.Below(3) == 0 ? 0 : random.Below(count + 1);
        while (splices.Count < most && index <= count)
        {
            var end = Math.Min(count, index + random.Below(1 + random.Below(20)));
            var inserted = MerkleLists.Make(random.Below(1 + random.Below(20)), random.Next(), mode);
            splices.Add(new MerkleSplice(index, end, inserted));
            index = end + random.Below(spread);
        }

        return splices;
    }
}
