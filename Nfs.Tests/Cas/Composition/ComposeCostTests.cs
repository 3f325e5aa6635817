using System.Diagnostics;
using Cas.Client;
using Cas.Client.Composition;
using Cas.Client.Hashing;
using Nfs.Tests.Fixtures;
using NUnit.Framework;

namespace Nfs.Tests.Cas.Composition;

// If these fail, saving a small change of a large file reads or writes far more than the change, or takes minutes.
[TestFixture]
internal sealed class ComposeCostTests
{
    [Test]
    public async Task Compose_OneByte_ReadsTheChunksBesideIt()
    {
        var basis = ComposeCase.Bytes(new Random(1), 32 << 20);
        var xorbs = new MemoryXorbs();
        var map = xorbs.Put(basis);
        var random = new Random(2);
        var costs = new List<Draft>();
        for (var i = 0; i < 300; i++)
        {
            var offset = random.Next(basis.Length);
            byte[] source = [(byte)(basis[offset] ^ 1)];

            var (_, cost) = await xorbs.ComposeAsync(
                map, [new((ulong)offset, (ulong)offset + 1, 0, 1)], new MemorySource(source));
            costs.Add(cost);
        }

        var reads = costs.Select(c => (double)c.OldBytesRead / 1024).Order().ToList();
        TestContext.Out.WriteLine(
            $"read {reads.Average():0} KiB, p99 {reads[296]:0} KiB; stored {costs.Average(c => (double)c.NewBytes) / 1024:0} KiB");
        Assert.That(map.Chunks.Count, Is.GreaterThan(300));
        Assert.That(costs.Sum(c => (long)c.OldBytesRead), Is.EqualTo(xorbs.BytesRead));
        Assert.That(reads.Average(), Is.LessThan(100));
        Assert.That(reads[296], Is.LessThan(400));
        Assert.That(costs.Average(c => (double)c.NewBytes), Is.LessThan(100 * 1024));
    }

    [Test]
    public async Task Compose_FiftyThousandScatteredEdits_TakesSeconds()
    {
        var basis = ComposeCase.Bytes(new Random(1), 64 << 20);
        var source = ComposeCase.Bytes(new Random(2), 8 * 53_000);
        var random = new Random(3);
        var edits = Enumerable.Range(0, 53_000).Select(_ => (ulong)random.Next(basis.Length / 8) * 8).Distinct().Order()
            .Select((offset, i) => new Edit(offset, offset + 8, (ulong)i * 8, 8)).ToList();
        var xorbs = new MemoryXorbs();
        var map = xorbs.Put(basis);
        var watch = Stopwatch.StartNew();

        var (composed, cost) = await xorbs.ComposeAsync(map, edits, new MemorySource(source));

        watch.Stop();
        TestContext.Out.WriteLine($"{edits.Count} edits in {watch.ElapsedMilliseconds} ms");
        edits.ForEach(e => source.AsSpan((int)e.SourceOffset, 8).CopyTo(basis.AsSpan((int)e.Start)));
        Assert.That(composed.Chunks.Root, Is.EqualTo(MerkleRoot.Of(MemoryXorbs.Cut(basis))));
        Assert.That(cost.OldBytesRead, Is.LessThanOrEqualTo((ulong)basis.Length));
        Assert.That(watch.Elapsed, Is.LessThan(TimeSpan.FromSeconds(10)));
    }

    [Test]
    public async Task Compose_WholeChunksDeleted_ReadsNothing()
    {
        var xorbs = new MemoryXorbs();
        var map = xorbs.Put(ComposeCase.Bytes(new Random(1), 2 << 20));
        var size = map.Id.Size;
        var chunk = map.Chunks.ChunkAt(3);
        var end = chunk.Offset + chunk.Chunk.Length;
        foreach (var edit in (Edit[])[new(chunk.Offset, end, 0, 0), new(end, size, 0, 0), new(0, size, 0, 0)])
        {
            var (_, cost) = await xorbs.ComposeAsync(map, [edit], new MemorySource(Array.Empty<byte>()));

            Assert.That(cost.OldBytesRead, Is.Zero, $"{edit}");
            Assert.That(cost.NewChunks, Is.Zero, $"{edit}");
        }
    }

    [Test]
    public async Task Compose_ShiftedHole_IsNotRead()
    {
        var basis = new byte[24 << 20];
        ComposeCase.Bytes(new Random(1), 1 << 20).CopyTo(basis, 14 << 20);
        byte[] source = [1, 2, 3, 4, 5];
        Edit[] edits = [new(100, 100, 0, 5), new(9_000_000, 9_000_003, 0, 2), new(20_000_000, 20_000_000, 0, 1)];
        var xorbs = new MemoryXorbs();
        var map = xorbs.Put(basis);

        var (composed, cost) = await xorbs.ComposeAsync(map, edits, new MemorySource(source));

        var whole = EditScript.Apply(basis, edits, source);
        Assert.That(composed.Chunks.Root, Is.EqualTo(MerkleRoot.Of(MemoryXorbs.Cut(whole))));
        Assert.That(xorbs.Read(composed).AsSpan().SequenceEqual(whole));
        Assert.That(cost.OldBytesRead, Is.LessThan(3UL << 20));
    }
}
