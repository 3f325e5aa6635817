using Cas.Client;
using Cas.Client.Formats;
using Cas.Client.Shards;
using NUnit.Framework;

namespace Nfs.Tests.Cas.Shards;

// If these fail, a damaged or hostile shard stops the gateway, fills its memory, or makes wrong files.
[TestFixture]
internal sealed class ShardDamageTests
{
    [Test]
    public void Verify_EveryFlippedBit_IsAnErrorOrWithoutMeaning()
    {
        var builder = RandomShard.Builder(seed: 5);
        var bytes = ShardVectorTests.Write(builder, ShardForm.Stored(1_700_000_000));
        var unnoticed = new SortedSet<int>();

        for (var bit = 0; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            if (IsGood(bytes))
            {
                unnoticed.Add(bit / 8);
            }

            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        // What nothing else in a shard depends on; a shard's own name covers it.
        Assert.That(unnoticed, Is.SubsetOf(WithoutMeaning(bytes)));
    }

    [Test]
    public void Open_EveryTruncation_IsAnErrorOrTheSameUpload([Values] bool hasFooter)
    {
        var builder = RandomShard.Builder(seed: 6);
        var bytes = ShardVectorTests.Write(builder, hasFooter ? ShardForm.Stored(1) : ShardForm.Upload);
        var sectionsEnd = (int)ShardReader.Open(new MemoryBytes(bytes)).Sections.Xorbs.End;

        for (var length = 0; length < bytes.Length; length++)
        {
            var part = new MemoryBytes(bytes.AsMemory(0, length));
            Assert.That(() => ShardReader.Open(part), Throws.TypeOf<ShardDamageException>(), $"{length} bytes");
            Assert.That(
                () => ShardReader.OpenUpload(part),
                length < sectionsEnd ? Throws.TypeOf<ShardDamageException>() : Throws.Nothing,
                $"upload of {length} bytes");
        }
    }

    [Test]
    public void Read_CountsBeyondTheSection_AreRefusedWithoutAllocating(
        [Values(0x20u, 0x1000_0000u, 0x7FFF_FFFFu, uint.MaxValue)] uint count)
    {
        foreach (var isFiles in new[] { true, false })
        {
            var bytes = ShardVectorTests.Write(RandomShard.Builder(seed: 7, fileCount: 1), ShardForm.Stored(1));
            var shard = ShardReader.Open(new MemoryBytes(bytes));
            var at = isFiles ? shard.Sections.Files.Start : shard.Sections.Xorbs.Start;
            BitConverter.TryWriteBytes(bytes.AsSpan((int)at + 36), count);
            var before = GC.GetAllocatedBytesForCurrentThread();

            var problem = Assert.Throws<ShardDamageException>(
                () => (isFiles ? shard.Files() : shard.Xorbs()).ToList());

            Assert.That(problem!.Offset, Is.EqualTo(at));
            Assert.That(problem.Message, Does.Contain($"at byte {at}"));
            Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(200_000));
        }
    }

    [Test]
    public void Read_ManyEmptyEntries_CostsNoMoreThanTheirBytes()
    {
        const int count = 80_000;
        var bytes = new byte[(count + 3) * ShardFormat.RecordBytes];
        ShardVectorTests.Write(new ShardBuilder(), ShardForm.Upload).AsSpan(0, 48).CopyTo(bytes);
        bytes.AsSpan((count + 1) * 48, 32).Fill(255);
        bytes.AsSpan((count + 2) * 48, 32).Fill(255);
        var source = new MemoryBytes(bytes);
        ShardCheck.Verify(source, ShardReader.Open(source));
        var before = GC.GetAllocatedBytesForCurrentThread();

        var shard = ShardReader.Open(source);
        ShardCheck.Verify(source, shard);

        Assert.That(shard.Files().Count(), Is.EqualTo(count));
        Assert.That(shard.FindFile(new MerkleHash(1, 2, 3, 4)), Is.Null);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(1024 * 1024));
    }

    [Test]
    public void Find_UnsortedTable_IsAnErrorThatNamesItsPlace()
    {
        var builder = RandomShard.Builder(seed: 8, xorbCount: 40, fileCount: 0, chunksMax: 100);
        var bytes = ShardVectorTests.Write(builder, ShardForm.Stored(1));
        var shard = ShardReader.Open(new MemoryBytes(bytes));
        var table = shard.Footer!.ChunkTable;
        bytes.AsSpan((int)table.Offset, 16 * (int)(table.Count / 2)).Reverse();
        var refusals = 0;
        foreach (var chunk in builder.Xorbs.SelectMany(xorb => xorb.Chunks))
        {
            try
            {
                shard.FindChunk(chunk.Hash);
            }
            catch (ShardDamageException problem)
            {
                Assert.That(problem.Offset, Is.GreaterThanOrEqualTo((long)table.Offset));
                refusals++;
            }
        }

        Assert.That(refusals, Is.GreaterThan(100));
        Assert.That(() => ShardCheck.Verify(new MemoryBytes(bytes), shard), Throws.TypeOf<ShardDamageException>());
    }

    [Test]
    public void Find_TableOfEqualRows_EndsSoon()
    {
        var builder = RandomShard.Builder(seed: 9, xorbCount: 20, fileCount: 0);
        var bytes = ShardVectorTests.Write(builder, ShardForm.Stored(1));
        var shard = ShardReader.Open(new MemoryBytes(bytes));
        var (xorbs, chunks) = (shard.Footer!.XorbTable, shard.Footer.ChunkTable);
        var first = builder.Xorbs.First();
        for (var i = 0; i < (int)xorbs.Count; i++)
        {
            BitConverter.TryWriteBytes(bytes.AsSpan((int)xorbs.Offset + (i * 12)), first.Hash.A);
            BitConverter.TryWriteBytes(bytes.AsSpan((int)shard.Sections.Xorbs.Start), first.Hash.A);
            BitConverter.TryWriteBytes(bytes.AsSpan((int)xorbs.Offset + (i * 12) + 8), 0u);
        }

        for (var i = 0; i < (int)chunks.Count; i++)
        {
            BitConverter.TryWriteBytes(bytes.AsSpan((int)chunks.Offset + (i * 16)), first.Chunks[0].Hash.A);
        }

        Assert.That(
            () => shard.FindXorb(first.Hash with { D = 1 }),
            Throws.TypeOf<ShardDamageException>().With.Message.Contains("equal"));
        Assert.That(() => shard.FindChunk(first.Chunks[0].Hash with { D = 1 }), Is.Null);
    }

    private static bool IsGood(byte[] bytes)
    {
        try
        {
            var source = new MemoryBytes(bytes);
            var shard = ShardReader.Open(source);
            ShardCheck.Verify(source, shard);
            return shard.Files().All(
                file => ShardFileCheck.Check(shard.ReadFile(file), shard.FindXorb, 1000) is null);
        }
        catch (ShardDamageException)
        {
            return false;
        }
    }

    private static SortedSet<int> WithoutMeaning(byte[] bytes)
    {
        var shard = ShardReader.Open(new MemoryBytes(bytes));
        var places = new SortedSet<int>();
        void Add(long at, int length) => places.UnionWith(Enumerable.Range((int)at, length));
        foreach (var file in shard.Files().Where(file => file.HasMetadata))
        {
            Add(shard.Sections.Files.OffsetOf(file.RecordIndex + file.RecordCount - 1), MerkleHash.Bytes);
        }

        foreach (var xorb in shard.Xorbs())
        {
            for (var i = 1; i <= xorb.ItemCount; i++)
            {
                Add(shard.Sections.Xorbs.OffsetOf(xorb.RecordIndex + i) + 43, 1);
            }
        }

        // Creation time and expiry of the key.
        Add((long)shard.Footer!.Offset + 104, 16);
        return places;
    }
}
