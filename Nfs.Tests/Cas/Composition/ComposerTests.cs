using Cas.Client;
using Cas.Client.Chunking;
using Cas.Client.Composition;
using Cas.Client.Hashing;
using Nfs.Tests.Fixtures;
using NUnit.Framework;

namespace Nfs.Tests.Cas.Composition;

// If these fail, a file that was edited in place loses or gains bytes in the store, or gets another hash than the same
// bytes stored whole.
[TestFixture]
internal sealed class ComposerTests
{
    private const int ScriptsPerCase = 50;

    [Test]
    [Covers("EC-55", "EC-293", "EC-296")]
    public async Task Compose_RandomScript_EqualsWholeUpload([Range(0, 39)] int part)
    {
        for (var i = 0; i < ScriptsPerCase; i++)
        {
            var seed = (part * ScriptsPerCase) + i;
            var random = new Random(seed);
            var basis = ComposeCase.Content(random, random.Next(i == 0 ? 8 << 20 : 1 << random.Next(1, 20)));
            var source = ComposeCase.Content(random, random.Next(1 << random.Next(1, 19)));
            var edits = ComposeCase.Edits(random, basis.Length, source.Length, Borders(basis));

            await VerifyAsync(basis, edits, source, $"seed {seed}");
        }
    }

    [Test]
    [Covers("EC-297", "EC-298")]
    public async Task Compose_EditsAtEdges_EqualWholeUpload(
        [Values("random", "zeros")] string data, [Values(0, 1, 5000, 262144, 400_000)] int length)
    {
        var basis = data == "zeros" ? new byte[length] : ComposeCase.Bytes(new Random(length), length);
        var source = ComposeCase.Bytes(new Random(1), 300_000);
        var borders = Borders(basis);
        var size = (ulong)length;
        foreach (var border in borders)
        {
            var next = borders.FirstOrDefault(b => b > border, border);
            foreach (var count in (ulong[])[0, 1, next - border, 140_000])
            {
                await VerifyAsync(basis, [new(border, border, 0, count)], source, $"insert {count} at {border}");
                await VerifyAsync(basis, [new(border, next, 0, count)], source, $"chunk at {border} by {count}");
                await VerifyAsync(basis, [new(border, size, 0, count)], source, $"tail at {border} by {count}");
                await VerifyAsync(basis, [new(0, border, 0, count)], source, $"head to {border} by {count}");
                await VerifyAsync(
                    basis,
                    [new(border, border, 0, count), new(border, next, 3, 5), new(next, next, 0, count)],
                    source,
                    $"three edits that touch at {border}");
            }
        }

        await VerifyAsync(basis, [new(0, 0, 0, 7), new(size, size, 9, 70_000)], source, "both ends");
    }

    [Test]
    [Covers("EC-301")]
    public async Task Compose_SuccessiveScripts_EqualWholeUploadAfterEach([Range(0, 4)] int seed)
    {
        var random = new Random(seed);
        var xorbs = new MemoryXorbs();
        var content = ComposeCase.Content(random, 1 << 20);
        var map = xorbs.Put(content);
        for (var round = 0; round < 25; round++)
        {
            var source = ComposeCase.Bytes(random, 100_000);
            var edits = ComposeCase.Edits(random, content.Length, source.Length, Borders(content)).Take(8).ToList();

            content = EditScript.Apply(content, edits, source);
            map = await VerifyAsync(xorbs, map, edits, source, content, $"seed {seed}, round {round}");
        }
    }

    [Test]
    public async Task Compose_OldBytesWrittenOver_KeepsTheTerms()
    {
        var basis = ComposeCase.Bytes(new Random(1), 3_000_000);
        var xorbs = new MemoryXorbs();
        var map = xorbs.Put(basis);

        var (composed, cost) = await ComposeAsync(xorbs, map, [new(0, 3_000_000, 0, 3_000_000)], basis);

        Assert.That(cost.NewChunks, Is.Zero);
        Assert.That(cost.OldBytesRead, Is.Zero);
        Assert.That(composed.Terms.ToArray(), Is.EqualTo(map.Terms.ToArray()));
    }

    [Test]
    public async Task Compose_NoEdits_GivesTheBasis()
    {
        var xorbs = new MemoryXorbs();
        var map = xorbs.Put(ComposeCase.Bytes(new Random(1), 300_000));

        var (composed, cost) = await ComposeAsync(xorbs, map, [new(5, 5, 0, 0), new(5, 5, 0, 0)], []);

        Assert.That(composed.Id, Is.EqualTo(map.Id));
        Assert.That(cost.Regions, Is.Zero);
    }

    [TestCase(10UL, 5UL, 0UL, 0UL)]
    [TestCase(0UL, 300_001UL, 0UL, 0UL)]
    [TestCase(ulong.MaxValue, ulong.MaxValue, 0UL, 1UL)]
    [TestCase(0UL, 0UL, 0UL, 101UL)]
    [TestCase(0UL, 0UL, ulong.MaxValue, 1UL)]
    [Covers("EC-299")]
    public void Compose_ImpossibleEdit_IsRefused(ulong start, ulong end, ulong sourceOffset, ulong length)
    {
        var xorbs = new MemoryXorbs();
        var map = xorbs.Put(ComposeCase.Bytes(new Random(1), 300_000));
        Edit[] edits = [new(0, 1, 0, 1), new(start, end, sourceOffset, length)];

        Assert.That(
            async () => await ComposeAsync(xorbs, map, edits, new byte[100]),
            Throws.TypeOf<CasException>().With.Property(nameof(CasException.Error)).EqualTo(CasError.Invalid));
        Assert.That(xorbs.BytesRead, Is.Zero);
    }

    [Test]
    [Covers("EC-299")]
    public void Compose_UnsortedOrOverlappingEdits_AreRefused()
    {
        var xorbs = new MemoryXorbs();
        var map = xorbs.Put(ComposeCase.Bytes(new Random(1), 300_000));
        foreach (var edits in (Edit[][])[[new(9, 9, 0, 1), new(8, 8, 0, 1)], [new(1, 5, 0, 1), new(4, 6, 0, 1)]])
        {
            Assert.That(
                async () => await ComposeAsync(xorbs, map, edits, new byte[100]),
                Throws.TypeOf<CasException>().With.Property(nameof(CasException.Error)).EqualTo(CasError.Invalid));
        }
    }

    [Test]
    [Covers("EC-299")]
    public void Compose_SourceFails_Throws()
    {
        var xorbs = new MemoryXorbs();
        var map = xorbs.Put(ComposeCase.Bytes(new Random(1), 300_000));

        Assert.That(
            async () => await xorbs.ComposeAsync(map, [new(0, 5, 0, 200_000)], new BrokenSource(200_000, 150_000)),
            Throws.TypeOf<IOException>());
    }

    [Test]
    [Covers("EC-292")]
    public async Task Place_OtherPlacesThanChunks_Throws()
    {
        var xorbs = new MemoryXorbs();
        var map = xorbs.Put(ComposeCase.Bytes(new Random(1), 300_000));
        var (_, draft) = await xorbs.ComposeAsync(map, [new(0, 5, 0, 9)], new MemorySource(new byte[9]));
        foreach (var runs in (ChunkRun[][])[[], [new(default, 0, 50)], [new(default, 1, 1)], [new(default, 2, 1)]])
        {
            Assert.That(
                () => draft.Place(runs),
                Throws.TypeOf<CasException>().With.Property(nameof(CasException.Error)).EqualTo(CasError.Corrupt));
        }
    }

    [Test]
    [Covers("EC-295")]
    public async Task Compose_ShiftedPeriodicData_IsForcedOnlyIfAsked()
    {
        var basis = Enumerable.Range(0, 4 << 20).Select(i => (byte)(i % 251)).ToArray();
        var xorbs = new MemoryXorbs();
        var map = xorbs.Put(basis);
        Assert.That(map.Chunks.ChunkAt(0).Chunk.Length, Is.EqualTo(ChunkLimits.MaxBytes), "data without cuts");
        Edit[] edits = [new(100, 100, 0, 10)];
        byte[] source = [9, 8, 7, 6, 5, 4, 3, 2, 1, 0];

        var (exact, exactCost) = await ComposeAsync(xorbs, map, edits, source);
        var (forced, forcedCost) = await ComposeAsync(
            xorbs, map, edits, source, new ComposeLimits { ResyncBytesMax = 4 * ChunkLimits.MaxBytes });

        var whole = EditScript.Apply(basis, edits, source);
        Assert.That(exact.Chunks.Root, Is.EqualTo(MerkleRoot.Of(MemoryXorbs.Cut(whole))));
        Assert.That(exactCost.ForcedCuts, Is.Zero);
        Assert.That(forcedCost.ForcedCuts, Is.EqualTo(1));
        Assert.That(forcedCost.OldBytesRead, Is.LessThanOrEqualTo(6 * ChunkLimits.MaxBytes));
        Assert.That(xorbs.Read(forced).AsSpan().SequenceEqual(whole));
    }

    private static ulong[] Borders(byte[] content)
    {
        var offset = 0UL;
        return [0, .. MemoryXorbs.Cut(content).Select(chunk => offset += chunk.Length)];
    }

    private static async Task VerifyAsync(byte[] basis, List<Edit> edits, byte[] source, string name)
    {
        var xorbs = new MemoryXorbs();
        await VerifyAsync(xorbs, xorbs.Put(basis), edits, source, EditScript.Apply(basis, edits, source), name);
    }

    private static async Task<ChunkMap> VerifyAsync(
        MemoryXorbs xorbs, ChunkMap map, List<Edit> edits, byte[] source, byte[] expected, string name)
    {
        var (composed, _) = await ComposeAsync(xorbs, map, edits, source);

        var chunks = MemoryXorbs.Cut(expected);
        Assert.That(composed.Id.Hash, Is.EqualTo(XetHash.File(MerkleRoot.Of(chunks))), name);
        Assert.That(composed.Id.Size, Is.EqualTo(expected.Length), name);
        Assert.That(composed.Chunks.Chunks(0, chunks.Length).SequenceEqual(chunks), name);
        Assert.That(xorbs.Read(composed).AsSpan().SequenceEqual(expected), name);
        var first = 0;
        foreach (var (term, rangeHash) in composed.Terms.ToArray().Zip(composed.RangeHashes.ToArray()))
        {
            var count = (int)(term.ChunkEnd - term.ChunkStart);
            Assert.That(count, Is.InRange(1, ComposeLimits.Default.TermChunks), name);
            Assert.That(rangeHash, Is.EqualTo(XetHash.Range(chunks.AsSpan(first, count))), name);
            first += count;
        }

        return composed;
    }

    private static Task<(ChunkMap Map, Draft Cost)> ComposeAsync(
        MemoryXorbs xorbs, ChunkMap map, IReadOnlyList<Edit> edits, byte[] source, ComposeLimits? limits = null) =>
        xorbs.ComposeAsync(map, edits, new MemorySource(source), limits);
}
