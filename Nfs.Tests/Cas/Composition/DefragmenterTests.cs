using Cas.Client;
using Cas.Client.Composition;
using Cas.Client.Hashing;
using Nfs.Tests.Fixtures;
using NUnit.Framework;

namespace Nfs.Tests.Cas.Composition;

// If these fail, a file that is edited for weeks falls into ever more pieces, so that reading it takes ever more
// requests; or putting the pieces together damages it.
[TestFixture]
internal sealed class DefragmenterTests
{
    [Test]
    [Covers("EC-91")]
    public async Task Join_AfterEachOfManyEdits_KeepsContentAndFewTerms()
    {
        var limits = new ComposeLimits { TermChunks = 8, TermsFree = 0 };
        var random = new Random(1);
        var content = ComposeCase.Bytes(random, 12 << 20);
        var xorbs = new MemoryXorbs();
        var map = xorbs.Put(content, limits);
        for (var i = 0; i < 300; i++)
        {
            var offset = random.Next(content.Length);
            content[offset] ^= 1;
            Edit[] edits = [new((ulong)offset, (ulong)offset + 1, 0, 1)];
            var source = new MemorySource(content.AsMemory(offset, 1));

            var (composed, _) = await xorbs.ComposeAsync(map, edits, source, limits);
            (map, var bytes) = await xorbs.JoinAsync(composed, limits);

            Assert.That(map.Id, Is.EqualTo(composed.Id));
            Assert.That(map.Terms.Length, Is.LessThanOrEqualTo(2 * ((map.Chunks.Count + 7) / 8)), $"edit {i}");
            Assert.That(bytes, Is.LessThanOrEqualTo(limits.RewriteBytesMax));
        }

        Assert.That(xorbs.Read(map).AsSpan().SequenceEqual(content));
        Assert.That(map.Chunks.Root, Is.EqualTo(MerkleRoot.Of(MemoryXorbs.Cut(content))));
        var first = 0L;
        foreach (var (term, hash) in map.Terms.ToArray().Zip(map.RangeHashes.ToArray()))
        {
            var count = term.ChunkEnd - term.ChunkStart;
            Assert.That(hash, Is.EqualTo(XetHash.Range([.. map.Chunks.Chunks(first, first + count)])));
            first += count;
        }
    }

    // A gibibyte of chunks without bytes: only where they are kept matters here.
    [Test]
    public async Task Join_AfterEachOfAThousandEditsOfAGibibyte_KeepsTermsWithinTwiceAFreshUpload()
    {
        var limits = ComposeLimits.Default;
        var chunks = MerkleLists.Make(16384, 1, "random");
        var map = ChunkMap.Of(chunks, [.. Enumerable.Range(0, 16).Select(i => Run(i, 0, 1024))], limits);
        var fresh = map.Terms.Length;
        Assert.That(fresh, Is.EqualTo(16384 / limits.TermChunks));
        var random = new SplitMix64(2);
        var other = MerkleLists.Make(1000, 3, "random");
        var (bytes, bytesMost, termsMost) = (0UL, 0UL, 0);
        for (var i = 0; i < 1000; i++)
        {
            var index = random.Below(16384);
            var pieces = new PieceList();
            pieces.AddOld(0, index);
            pieces.AddNew(1);
            pieces.AddOld(index + 1, 16384);
            var tree = map.Chunks.Replace([new MerkleSplice(index, index + 1, other.AsMemory(i, 1))]);
            map = TermSplice.Apply(map, tree, pieces, [Run(1000 + i, 0, 1)], limits);

            var draft = await Defragmenter.JoinAsync(map, new NoBytes(), new CountingSink(), limits);
            map = draft?.Place([Run(10_000 + i, 0, (uint)draft.NewChunks)]) ?? map;
            var joined = draft?.NewBytes ?? 0;

            bytes += joined;
            bytesMost = Math.Max(bytesMost, joined);
            termsMost = Math.Max(termsMost, map.Terms.Length);
            Assert.That(map.Chunks.Root, Is.EqualTo(tree.Root));
        }

        TestContext.Out.WriteLine(
            $"{termsMost} terms at most, {bytes / 1000 / 1024} KiB stored anew an edit, {bytesMost >> 20} MiB at most");
        Assert.That(termsMost, Is.LessThanOrEqualTo(2 * fresh));
        Assert.That(bytes / 1000, Is.LessThan(2UL << 20));
    }

    [Test]
    public async Task Join_FewTerms_ChangesNothing()
    {
        var xorbs = new MemoryXorbs();
        var map = xorbs.Put(ComposeCase.Bytes(new Random(1), 1 << 20));

        var (same, bytes) = await xorbs.JoinAsync(map);

        Assert.That(same, Is.SameAs(map));
        Assert.That(bytes, Is.Zero);
    }

    private static ChunkRun Run(int xorb, uint start, uint end) => new(new MerkleHash((ulong)xorb, 0, 0, 1), start, end);

    private sealed class NoBytes : IOldBytes
    {
        public ValueTask ReadAsync(
            PlacedChunk chunk, Memory<byte> destination, CancellationToken cancellationToken) => default;
    }

    private sealed class CountingSink : INewChunks
    {
        public ValueTask AddAsync(
            MerkleNode chunk, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) => default;
    }
}
