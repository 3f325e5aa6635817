using Cas.Client;
using Cas.Client.Formats;
using Cas.Client.Shards;
using Nfs.Tests.Fixtures;
using NUnit.Framework;

namespace Nfs.Tests.Cas.Shards;

// If these fail, files are lost or mixed up when shards are written, merged or looked up.
[TestFixture]
internal sealed class ShardBuilderTests
{
    [Test]
    public void WriteTo_RandomContent_IsFoundAgainInEveryForm([Range(1, 12)] int seed)
    {
        var builder = RandomShard.Builder((ulong)seed, xorbCount: seed * 3, fileCount: seed * 2, chunksMax: 50);
        var key = RandomShard.Hash(new SplitMix64((ulong)seed));
        ShardForm[] forms = [ShardForm.Upload, ShardForm.Stored(7), ShardForm.Keyed(key, 7, 8), ShardForm.XorbsOnly(7)];
        foreach (var form in forms)
        {
            var bytes = new MemoryBytes(ShardVectorTests.Write(builder, form));
            var shard = ShardReader.Open(bytes);

            ShardCheck.Verify(bytes, shard);
            Assert.That(bytes.Length, Is.LessThanOrEqualTo(builder.Length));
            AssertXorbs(builder, shard);
            if (form.HasFiles)
            {
                AssertFiles(builder, shard);
            }
        }

        var stored = ShardReader.Open(new MemoryBytes(ShardVectorTests.Write(builder, ShardForm.Stored(7))));
        Assert.That(builder.Files.Select(file => ShardFileCheck.Check(file, stored.FindXorb, 10_000)), Is.All.Null);
    }

    [Test]
    public void Find_InAFileOfManyChunks_ReadsLittle()
    {
        var builder = RandomShard.Builder(1, xorbCount: 60, fileCount: 50, chunksMax: 4000);
        var bytes = new CountingBytes(new MemoryBytes(ShardVectorTests.Write(builder, ShardForm.Stored(7))));
        var shard = ShardReader.Open(bytes);
        Assert.That(bytes.BytesRead, Is.LessThan(1000));
        var chunks = builder.Xorbs.SelectMany(xorb => xorb.Chunks).Where((_, i) => i % 100 == 0).ToList();
        bytes.Reset();

        foreach (var chunk in chunks)
        {
            Assert.That(shard.FindChunk(chunk.Hash)!.Value.Length, Is.EqualTo(chunk.Length));
        }

        Assert.That(bytes.BytesRead / chunks.Count, Is.LessThan(8_000), $"of {bytes.Length}");
        Assert.That(bytes.Reads / chunks.Count, Is.LessThan(20));
    }

    [Test]
    public void Merge_ShardsThatOverlap_HasEachEntryOnce()
    {
        var a = RandomShard.Builder(1);
        var b = RandomShard.Builder(2);
        var both = RandomShard.Builder(1);
        foreach (var xorb in b.Xorbs)
        {
            both.TryAdd(xorb);
        }

        foreach (var file in b.Files)
        {
            both.TryAdd(file);
        }

        var merged = ShardMerge.Merge([Open(a, ShardForm.Stored(1)), Open(both, ShardForm.Upload), Open(b, ShardForm.Stored(2))])!;

        Assert.That(merged.Length, Is.EqualTo(both.Length));
        Assert.That(
            ShardVectorTests.Write(merged, ShardForm.Stored(3)),
            Is.EqualTo(ShardVectorTests.Write(both, ShardForm.Stored(3))));
    }

    [Test]
    public void Merge_WhatDoesNotFit_GivesNothing()
    {
        var builder = RandomShard.Builder(1);
        var shard = Open(builder, ShardForm.Stored(1));

        Assert.That(ShardMerge.Merge([shard], (int)builder.Length - 1), Is.Null);
        Assert.That(ShardMerge.Merge([shard, shard], (int)builder.Length), Is.Not.Null);
    }

    [Test]
    public void Merge_FilesWithAndWithoutRangeHashes_KeepsNone()
    {
        var random = new SplitMix64(1);
        var xorb = RandomShard.Xorb(random, 5);
        var with = new ShardBuilder();
        with.TryAdd(RandomShard.File(random, [xorb]));
        var without = new ShardBuilder();
        without.TryAdd(RandomShard.File(random, [xorb], hasRanges: false));

        var merged = ShardMerge.Merge([Open(with, ShardForm.Upload), Open(without, ShardForm.Upload)])!;

        Assert.That(merged.Files, Has.Count.EqualTo(2));
        Assert.That(merged.Files.Select(file => file.RangeHashes), Is.All.Null);
        with.TryAdd(without.Files.Single());
        Assert.That(
            () => with.WriteTo(Stream.Null, ShardForm.Upload), Throws.TypeOf<InvalidOperationException>());
    }

    [Test]
    public void Merge_KeyedShard_IsRefused() =>
        Assert.That(
            () => ShardMerge.Merge([Open(RandomShard.Builder(1), ShardForm.Keyed(new MerkleHash(1, 0, 0, 0), 1, 2))]),
            Throws.ArgumentException);

    [Test]
    public void TryAdd_SameFileTwice_KeepsWhatEitherKnows()
    {
        var random = new SplitMix64(1);
        var file = RandomShard.File(random, [RandomShard.Xorb(random, 5)]);
        var sha256 = RandomShard.Hash(random);
        var builder = new ShardBuilder();
        builder.TryAdd(new ShardFile(file.Hash, file.Terms) { Sha256 = sha256 });
        builder.TryAdd(file);

        var kept = builder.Files.Single();

        Assert.That(kept.RangeHashes, Is.EqualTo(file.RangeHashes));
        Assert.That(kept.Sha256, Is.EqualTo(sha256));
        Assert.That(builder.Length, Is.EqualTo(Open(builder, ShardForm.Stored(1)).Footer!.Offset + 200));
    }

    [Test]
    public void TryAdd_SameXorbWithOtherChunks_IsAnError()
    {
        var xorb = RandomShard.Xorb(new SplitMix64(1), 3);
        var builder = new ShardBuilder();
        builder.TryAdd(xorb);
        ShardChunk[] chunks = [.. xorb.Chunks];
        chunks[1] = chunks[1] with { Length = chunks[1].Length + 1 };

        Assert.That(
            () => builder.TryAdd(new ShardXorb(xorb.Hash, chunks)),
            Throws.TypeOf<CasException>().With.Message.Contains(xorb.Hash.ToString()));
        chunks[1] = xorb.Chunks[1] with { Flags = ShardFormat.ChunkIsDedupCandidate };
        Assert.That(builder.TryAdd(new ShardXorb(xorb.Hash, chunks)), Is.True);
        Assert.That(builder.Xorbs.Single().Chunks[1].Flags, Is.EqualTo(ShardFormat.ChunkIsDedupCandidate));
    }

    private static ShardReader Open(ShardBuilder builder, ShardForm form) =>
        ShardReader.Open(new MemoryBytes(ShardVectorTests.Write(builder, form)));

    private static void AssertXorbs(ShardBuilder builder, ShardReader shard)
    {
        foreach (var xorb in builder.Xorbs)
        {
            var found = shard.FindXorb(xorb.Hash)!;
            Assert.That(found.Chunks.Select(chunk => chunk.Length), Is.EqualTo(xorb.Chunks.Select(chunk => chunk.Length)));
            MerkleHash[] chunks = [.. xorb.Chunks.Select(chunk => chunk.Hash)];
            var run = shard.FindRun(chunks)!.Value;
            Assert.That(run, Is.EqualTo(new ShardRun(xorb.Hash, 0, chunks.Length, xorb.Length)));
            Assert.That(shard.FindChunk(chunks[^1])!.Value.ChunkIndex, Is.EqualTo(chunks.Length - 1));
        }
    }

    private static void AssertFiles(ShardBuilder builder, ShardReader shard)
    {
        Assert.That(shard.Files().Count(), Is.EqualTo(builder.Files.Count));
        foreach (var file in builder.Files)
        {
            var found = shard.FindFile(file.Hash)!;
            Assert.That(found.Terms, Is.EqualTo(file.Terms));
            Assert.That(found.RangeHashes, Is.EqualTo(file.RangeHashes));
            Assert.That(found.Sha256, Is.EqualTo(file.Sha256));
        }
    }
}
