using System.Diagnostics;
using System.Globalization;
using Cas.Client;
using Cas.Client.Chunking;
using Cas.Client.Composition;
using Cas.Client.Transfer;
using Nfs.Tests.Fixtures;
using NUnit.Framework;

namespace Nfs.Tests.Cas.Backends.Local;

// If these fail, a file that is edited in place and saved comes back as other bytes, has another name than the same
// file stored whole, or saving a small change of a large file reads or writes far more than the change.
[TestFixture]
internal sealed class LocalComposeTests
{
    private const int ScriptsDefault = 40;
    private const int LargeMebibytesDefault = 24;

    // What one edit of data with natural cuts may read and store besides its own bytes, in the worst case.
    private const long BytesPerEdit = 1 << 20;

    // Small xorbs and queues, so that files of a few megabytes have many and compositions of a few have their own.
    private static readonly UploadLimits s_uploads = new() { XorbBytesMax = 2 << 20, SmallBytesMax = 512 << 10 };

    private static int Scripts => int.Parse(
        Environment.GetEnvironmentVariable("NFSGW_COMPOSE_SCRIPTS") ?? $"{ScriptsDefault}", CultureInfo.InvariantCulture);

    [Test]
    [Covers("EC-55", "EC-291", "EC-293")]
    public async Task Compose_RandomScripts_EqualWholeUploadWithinTheBound()
    {
        await using var store = new CountedStore(s_uploads, ComposeLimits.Default);
        for (var seed = 0; seed < Scripts; seed++)
        {
            var random = new Random(seed);
            var isRandom = random.Next(2) == 0;
            var size = random.Next(1 + (1 << random.Next(1, 26)));
            var old = isRandom ? ComposeCase.Bytes(random, size) : ComposeCase.Content(random, size);
            var source = ComposeCase.Bytes(random, 1 << random.Next(1, 19));
            var edits = ComposeCase.Edits(random, size, source.Length, [0, (ulong)size]);
            var expected = EditScript.Apply(old, edits, source);
            var basis = await store.PutAsync(old);
            var (read, stored) = (store.BytesRead, store.BytesStored());

            var composed = await store.ComposeAsync(basis, edits, source);

            (read, stored) = (store.BytesRead - read, store.BytesStored() - stored);
            var whole = (await ContentHasher.HashAsync(new MemorySource(expected), default)).Content;
            Assert.That(composed, Is.EqualTo(whole), $"seed {seed}");
            Assert.That((await store.ReadAsync(composed)).AsSpan().SequenceEqual(expected), Is.True, $"seed {seed}");

            // Each old chunk is read at most once, each new one compared at most once; footers are read besides.
            var fresh = edits.Sum(edit => (long)edit.Length);
            var bound = isRandom ? fresh + (edits.Count * BytesPerEdit) : long.MaxValue;
            Assert.That(read, Is.LessThanOrEqualTo(Math.Min(bound, size + expected.Length) + BytesPerEdit), $"seed {seed}");
            Assert.That(stored, Is.LessThanOrEqualTo(Math.Min(bound, expected.Length) + BytesPerEdit), $"seed {seed}");
        }
    }

    [Test]
    [Covers("EC-291", "EC-301")]
    public async Task Compose_RoundAfterRoundOfALargeFile_EqualsWholeUploadEachTime()
    {
        var mebibytes = int.Parse(
            Environment.GetEnvironmentVariable("NFSGW_COMPOSE_MIB") ?? $"{LargeMebibytesDefault}",
            CultureInfo.InvariantCulture);
        await using var store = new CountedStore(s_uploads, ComposeLimits.Default);
        var random = new Random(4);
        var bytes = ComposeCase.Bytes(random, mebibytes << 20);
        var content = await store.PutAsync(bytes);
        for (var round = 0; round < 25; round++)
        {
            var source = ComposeCase.Bytes(random, 100_000);
            var edits = ScatteredEdits(random, bytes.Length, source.Length);

            bytes = EditScript.Apply(bytes, edits, source);
            content = await store.ComposeAsync(content, edits, source);

            var whole = (await ContentHasher.HashAsync(new MemorySource(bytes), default)).Content;
            Assert.That(content, Is.EqualTo(whole), $"round {round}");
            Assert.That((await store.ReadAsync(content)).AsSpan().SequenceEqual(bytes), Is.True, $"round {round}");
        }

        Assert.That(bytes, Has.Length.AtLeast(mebibytes << 19), "it is still large");
    }

    [Test]
    [Covers("EC-88", "EC-291")]
    public async Task Compose_OneByteOfManyXorbs_ReadsAndStoresTheChunksBesideIt()
    {
        await using var store = new CountedStore(s_uploads, ComposeLimits.Default);
        var old = ComposeCase.Bytes(new Random(1), 32 << 20);
        var basis = await store.PutAsync(old);
        Assert.That(store.Xorbs(), Has.Length.GreaterThan(15));

        // The first one reads the indexes.
        await store.ComposeAsync(basis, [new(0, 1, 0, 1)], [(byte)(old[0] ^ 1)]);
        var storedBefore = store.BytesStored();
        var random = new Random(2);
        var reads = new List<long>();
        for (var i = 0; i < 100; i++)
        {
            var offset = random.Next(old.Length);
            var before = store.BytesRead;

            var composed = await store.ComposeAsync(
                basis, [new((ulong)offset, (ulong)offset + 1, 0, 1)], [(byte)(old[offset] ^ 1)]);

            reads.Add(store.BytesRead - before);
            var around = new byte[Math.Min(1 << 20, old.Length - offset)];
            await store.Content.ReadAsync(composed, (ulong)offset, around, default);
            Assert.That(around[0], Is.EqualTo(old[offset] ^ 1));
            Assert.That(around.AsSpan(1).SequenceEqual(old.AsSpan(offset + 1, around.Length - 1)), Is.True);
        }

        reads.Sort();
        var stored = (store.BytesStored() - storedBefore) / reads.Count;
        TestContext.Out.WriteLine(
            $"read {reads.Average() / 1024:0} KiB, at most {reads[^1] >> 10} KiB; stored {stored >> 10} KiB");
        Assert.That(reads.Average(), Is.LessThanOrEqualTo(100 << 10));
        Assert.That(reads[^1], Is.LessThanOrEqualTo(400 << 10));
        Assert.That(stored, Is.LessThanOrEqualTo(110 << 10));
    }

    [Test]
    public async Task Compose_EveryChunkTouched_ReadsEachOnceAndNeighboursTogether()
    {
        await using var store = new CountedStore(s_uploads, ComposeLimits.Default);
        var old = ComposeCase.Bytes(new Random(1), 8 << 20);
        var basis = await store.PutAsync(old);
        await store.ComposeAsync(basis, [new(0, 1, 0, 1)], [(byte)(old[0] ^ 1)]);
        var (bytesBefore, readsBefore) = (store.BytesRead, store.Reads);
        Edit[] edits = [.. Enumerable.Range(0, 8192).Select(i => new Edit((ulong)i << 10, ((ulong)i << 10) + 8, 0, 8))];

        var composed = await store.ComposeAsync(basis, edits, new byte[8]);

        var expected = EditScript.Apply(old, edits, new byte[8]);
        Assert.That(store.BytesRead - bytesBefore, Is.InRange(old.Length, old.Length + (64 << 10)));
        Assert.That(store.Reads - readsBefore, Is.LessThan(40));
        Assert.That((await store.ReadAsync(composed)).AsSpan().SequenceEqual(expected), Is.True);
    }

    [Test]
    public async Task Compose_NeedsADamagedChunk_NamesItAndStoresNothing()
    {
        await using var store = new CountedStore(new UploadLimits(), ComposeLimits.Default);
        var old = ComposeCase.Bytes(new Random(1), 3_000_000);
        var basis = await store.PutAsync(old);
        var xorb = store.Xorbs().Single();
        DamagedFile.Flip(xorb, 1_500_000);
        Edit[] Near(ulong offset) => [new(offset, offset + 1, 0, 1)];

        var needed = await store.Content.ComposeAsync(basis, Near(1_500_100), new MemorySource(new byte[1]), default);
        var elsewhere = await store.ComposeAsync(basis, Near(10), [(byte)(old[10] ^ 1)]);

        Assert.That(needed.Error, Is.EqualTo(CasError.Corrupt));
        Assert.That(needed.Detail, Does.Contain(Path.GetFileName(xorb)).And.Match("chunk \\d+ at byte \\d+"));
        Assert.That(store.Xorbs(), Has.Length.EqualTo(2));
        Assert.That(store.Shards(), Has.Length.EqualTo(2));
        var head = new byte[100_000];
        await store.Content.ReadAsync(elsewhere, 0, head, default);
        Assert.That(head[10], Is.EqualTo(old[10] ^ 1));
    }

    [Test]
    public async Task Compose_AfterARepair_IsOnTheRepairedContent()
    {
        await using var store = new CountedStore(new UploadLimits(), ComposeLimits.Default);
        var old = ComposeCase.Bytes(new Random(1), 3_000_000);
        var basis = await store.PutAsync(old);
        await store.ComposeAsync(basis, [new(0, 1, 0, 1)], [(byte)(old[0] ^ 1)]);
        DamagedFile.Flip(store.Xorbs().MaxBy(path => new FileInfo(path).Length)!, 1_500_000);
        await store.PutAsync(old);

        var composed = await store.ComposeAsync(basis, [new(9, 10, 0, 1)], [(byte)(old[9] ^ 1)]);

        old[9] ^= 1;
        Assert.That((await store.ReadAsync(composed)).AsSpan().SequenceEqual(old), Is.True);
    }

    [Test]
    public async Task Compose_ManyFilesAndScriptsAtOnce_GivesEachItsOwn()
    {
        await using var store = new CountedStore(s_uploads, new ComposeLimits { TermChunks = 4, TermsFree = 0 });
        var shared = ComposeCase.Bytes(new Random(1), 3 << 20);
        var basis = await store.PutAsync(shared);

        await Parallel.ForEachAsync(
            Enumerable.Range(0, 16),
            new ParallelOptions { MaxDegreeOfParallelism = 16 },
            async (seed, _) =>
            {
                var random = new Random(seed);
                var (bytes, content) = (shared, basis);
                for (var round = 0; round < 6; round++)
                {
                    var source = ComposeCase.Bytes(random, 100_000);
                    var edits = EditScript.Random(random, bytes.Length, source.Length).Take(random.Next(1, 6)).ToList();
                    content = await store.ComposeAsync(content, edits, source);
                    bytes = EditScript.Apply(bytes, edits, source);
                    Assert.That((await store.ReadAsync(content)).AsSpan().SequenceEqual(bytes), Is.True, $"{seed}");
                }

                Assert.That(await store.PutAsync(bytes), Is.EqualTo(content));
            });
    }

    [Test]
    public async Task Compose_AgainAndAgain_KeepsTermsWithinTwiceAFreshUpload()
    {
        var limits = new ComposeLimits { TermChunks = 8, TermsFree = 0, RewriteBytesMax = 4 << 20 };
        using var directory = new TemporaryDirectory();
        var bytes = ComposeCase.Bytes(new Random(1), 8 << 20);
        var random = new Random(2);
        ContentId content;
        await using (var store = new CountedStore(s_uploads, limits, directory.Path))
        {
            content = await store.PutAsync(bytes);
            var whole = await ContentHasher.HashAsync(new MemorySource(bytes), default);
            var termsMax = 2 * ((whole.Chunks.Count + 7) / 8);
            for (var i = 0; i < 50; i++)
            {
                var offset = random.Next(bytes.Length);
                bytes[offset] ^= 1;
                content = await store.ComposeAsync(
                    content, [new((ulong)offset, (ulong)offset + 1, 0, 1)], [bytes[offset]]);
                await WaitForTermsAsync(store, content, termsMax);
            }

            Assert.That(store.BytesStored(), Is.LessThan(bytes.Length + (50L * 4 << 20)));
        }

        await using var again = new CountedStore(s_uploads, limits, directory.Path);
        Assert.That((await again.ReadAsync(content)).AsSpan().SequenceEqual(bytes), Is.True);
        Assert.That((await ContentHasher.HashAsync(new MemorySource(bytes), default)).Content, Is.EqualTo(content));
    }

    [Test]
    public async Task Compose_ToNothingAndBack_IsTheContent()
    {
        await using var store = new CountedStore(s_uploads, ComposeLimits.Default);
        var bytes = ComposeCase.Bytes(new Random(1), (int)(2.5 * ChunkLimits.MaxBytes));
        var basis = await store.PutAsync(bytes);

        var nothing = await store.ComposeAsync(basis, [new(0, basis.Size, 0, 0)], []);
        var again = await store.ComposeAsync(nothing, [new(0, 0, 0, basis.Size)], bytes);

        Assert.That(nothing, Is.EqualTo(ContentId.Empty));
        Assert.That(again, Is.EqualTo(basis));
    }

    private static async Task WaitForTermsAsync(CountedStore store, ContentId content, int termsMax)
    {
        var watch = Stopwatch.StartNew();
        while (await store.TermsAsync(content) is var terms && terms > termsMax)
        {
            Assert.That(watch.Elapsed, Is.LessThan(TimeSpan.FromSeconds(30)), $"{terms} terms, at most {termsMax}");
            await Task.Yield();
        }
    }

    /// <summary>Up to eight, at most one in each eighth of a file, so that it stays large.</summary>
    private static List<Edit> ScatteredEdits(Random random, int length, int sourceLength)
    {
        var edits = new List<Edit>();
        var count = 1 + random.Next(8);
        for (var part = 0; part < count; part++)
        {
            var start = (length / 8 * part) + random.Next(length / 16);
            var (replaced, inserted) = (random.Next(1 << random.Next(18)), random.Next(1 << random.Next(17)));
            edits.Add(new((ulong)start, (ulong)(start + replaced), 0, (ulong)Math.Min(inserted, sourceLength)));
        }

        return edits;
    }
}
