using System.Text.Json;
using Cas.Client;
using Cas.Client.Formats;
using Cas.Client.Hashing;
using Cas.Client.Shards;
using NUnit.Framework;

namespace Nfs.Tests.Cas.Shards;

// If these fail, what other clients uploaded cannot be found, or servers refuse what we upload.
[TestFixture]
internal sealed class ShardVectorTests
{
    private const ulong VectorKeyWord = 0x0123456789abcdef;

    private static IEnumerable<ShardVector> Vectors => ShardVector.All;

    private static IEnumerable<ShardVector> Described =>
        ShardVector.All.Where(vector => vector.Entry.TryGetProperty("files", out _));

    private static IEnumerable<string> RustInputs => ["text-300000", "repeat-200000-x5"];

    [TestCaseSource(nameof(Vectors))]
    public void Verify_Vector_FindsNothingWrong(ShardVector vector)
    {
        var bytes = new MemoryBytes(vector.Bytes);

        Assert.That(bytes.Length, Is.EqualTo(vector.Entry.GetProperty("length").GetInt32()));
        ShardCheck.Verify(bytes, ShardReader.Open(bytes));
    }

    [TestCaseSource(nameof(Described))]
    public void Read_Vector_FindsEveryEntry(ShardVector vector)
    {
        foreach (var reader in new[] { vector.Open(), ShardReader.OpenUpload(new MemoryBytes(vector.Bytes)) })
        {
            var expected = vector.Entry.GetProperty("files").EnumerateArray().ToList();
            Assert.That(reader.Files().Count(), Is.EqualTo(expected.Count));
            foreach (var (entry, file) in expected.Zip(reader.Files()))
            {
                AssertFile(entry, file.Head.First, reader.ReadFile(file));
                Assert.That(reader.FindFile(file.Hash)!.Terms, Is.EqualTo(reader.ReadFile(file).Terms));
            }

            AssertXorbs(vector.Entry, reader);
            Assert.That(reader.FindFile(new MerkleHash(1, 2, 3, 4)), Is.Null);
            Assert.That(reader.FindXorb(new MerkleHash(1, 2, 3, 4)), Is.Null);
            Assert.That(reader.FindChunk(new MerkleHash(1, 2, 3, 4)), Is.Null);
        }
    }

    [TestCaseSource(nameof(Described))]
    public void Write_ContentOfAnUpload_GivesItsSections(ShardVector vector)
    {
        var reader = ShardReader.OpenUpload(new MemoryBytes(vector.Bytes));
        var sectionsEnd = (int)reader.Sections.Xorbs.End;

        var written = Write(Collect(reader), ShardForm.Upload);

        // This producer announces a footer, appends one without tables, and orders files by their upload.
        Assert.That(written, Has.Length.EqualTo(sectionsEnd));
        if (reader.Files().Count() == 1)
        {
            var expected = vector.Bytes[..sectionsEnd];
            expected.AsSpan(40, 8).Clear();
            Assert.That(written, Is.EqualTo(expected));
        }
    }

    [TestCaseSource(nameof(RustInputs))]
    public void Write_EachForm_GivesTheSameBytes(string input)
    {
        var full = ShardVector.Of(input + ".rust-full.shard");
        var builder = Collect(full.Open());
        var key = new MerkleHash(VectorKeyWord, VectorKeyWord, VectorKeyWord, VectorKeyWord);
        var keyed = ShardVector.Of(input + ".rust-keyed.shard");
        var footer = keyed.Open().Footer!;

        Assert.That(Write(builder, ShardForm.Stored(0)), Is.EqualTo(full.Bytes));
        Assert.That(
            Write(builder, ShardForm.Upload), Is.EqualTo(ShardVector.Of(input + ".rust-upload.shard").Bytes));
        Assert.That(footer.Key, Is.EqualTo(key));
        Assert.That(
            Write(builder, ShardForm.Keyed(key, footer.CreatedSeconds, footer.KeyExpirySeconds)),
            Is.EqualTo(keyed.Bytes));
    }

    [TestCaseSource(nameof(RustInputs))]
    public void Write_XorbsOnly_GivesTheSameBytes(string input)
    {
        var vector = ShardVector.Of(input + ".rust-xorbonly.shard");
        var reader = vector.Open();

        Assert.That(reader.Files(), Is.Empty);
        Assert.That(
            Write(Collect(reader), ShardForm.XorbsOnly(reader.Footer!.CreatedSeconds)), Is.EqualTo(vector.Bytes));
    }

    [TestCaseSource(nameof(RustInputs))]
    public void FindRun_KeyedShard_FindsThePlainHashes(string input)
    {
        var vector = ShardVector.Of(input + ".rust-keyed.shard");
        var plain = ShardVector.Of(input + ".rust-full.shard").Open();
        var xorb = plain.ReadXorb(plain.Xorbs().Single());
        MerkleHash[] chunks = [.. xorb.Chunks.Select(chunk => chunk.Hash)];
        var expected = vector.Entry.GetProperty("dedupQueryOfFirst3Chunks");

        foreach (var reader in new[] { vector.Open(), plain })
        {
            var run = reader.FindRun(chunks.AsSpan(0, 3))!.Value;
            Assert.That(run.Xorb, Is.EqualTo(ShardVector.Hash(expected.GetProperty("xorb"))));
            Assert.That(run.ChunkStart, Is.EqualTo(expected.GetProperty("start").GetUInt32()));
            Assert.That(run.Count, Is.EqualTo(expected.GetProperty("n").GetInt32()));
            Assert.That(run.Length, Is.EqualTo(expected.GetProperty("bytes").GetUInt64()));
            for (var i = 0; i < chunks.Length; i++)
            {
                Assert.That(
                    reader.FindChunk(chunks[i]),
                    Is.EqualTo(new ShardChunkPlace(xorb.Hash, (uint)i, xorb.Chunks[i].Length)));
            }

            Assert.That(reader.FindRun([chunks[3], chunks[4], chunks[0]])!.Value.Count, Is.EqualTo(2));
        }
    }

    [TestCaseSource(nameof(RustInputs))]
    public void Hash_OfAWholeShard_IsItsNameInACache(string input)
    {
        var vector = ShardVector.Of(input + ".rust-full.shard");

        Assert.That(
            XetHash.Chunk(vector.Bytes), Is.EqualTo(ShardVector.Hash(vector.Entry.GetProperty("shardHashDataKey"))));
    }

    internal static ShardBuilder Collect(ShardReader reader)
    {
        var builder = new ShardBuilder();
        foreach (var file in reader.Files())
        {
            Assert.That(builder.TryAdd(reader.ReadFile(file)), Is.True);
        }

        foreach (var xorb in reader.Xorbs())
        {
            Assert.That(builder.TryAdd(reader.ReadXorb(xorb)), Is.True);
        }

        return builder;
    }

    internal static byte[] Write(ShardBuilder builder, ShardForm form)
    {
        using var output = new MemoryStream();
        builder.WriteTo(output, form);
        return output.ToArray();
    }

    private static void AssertFile(JsonElement expected, uint flags, ShardFile file)
    {
        Assert.That(file.Hash, Is.EqualTo(ShardVector.Hash(expected.GetProperty("hash"))));
        Assert.That(flags, Is.EqualTo(expected.GetProperty("flags").GetUInt32()));
        Assert.That(file.Terms, Is.EqualTo(expected.GetProperty("segs").EnumerateArray().Select(term => new ShardTerm(
            ShardVector.Hash(term.GetProperty("xorb")),
            term.GetProperty("len").GetUInt32(),
            term.GetProperty("s").GetUInt32(),
            term.GetProperty("e").GetUInt32()))));
        Assert.That(
            file.RangeHashes, Is.EqualTo(expected.GetProperty("ver").EnumerateArray().Select(ShardVector.Hash)));
        var sha256 = expected.GetProperty("sha");
        Assert.That(
            file.Sha256, sha256.ValueKind == JsonValueKind.Null ? Is.Null : Is.EqualTo(ShardVector.Hash(sha256)));
    }

    private static void AssertXorbs(JsonElement expected, ShardReader reader)
    {
        if (!expected.TryGetProperty("xorbs", out var xorbs))
        {
            return;
        }

        Assert.That(reader.Xorbs().Count(), Is.EqualTo(xorbs.GetArrayLength()));
        foreach (var (entry, found) in xorbs.EnumerateArray().Zip(reader.Xorbs()))
        {
            var xorb = reader.FindXorb(found.Hash)!;
            Assert.That(xorb.Hash, Is.EqualTo(ShardVector.Hash(entry.GetProperty("hash"))));
            Assert.That(xorb.Length, Is.EqualTo(Number(entry, "numBytesInXorb", "raw")));
            Assert.That(xorb.RecordBytes, Is.EqualTo(Number(entry, "numBytesOnDisk", "disk")));
            Assert.That(entry.TryGetProperty("chunks", out var chunks)
                ? chunks.GetArrayLength()
                : entry.GetProperty("numChunks").GetInt32(), Is.EqualTo(xorb.Chunks.Length));
            Assert.That(reader.FindChunk(xorb.Chunks[0].Hash), Is.Not.Null);
        }
    }

    /// <summary>The list of vectors names it in one of two ways.</summary>
    private static uint Number(JsonElement entry, string name, string otherName) =>
        entry.TryGetProperty(name, out var number) ? number.GetUInt32() : entry.GetProperty(otherName).GetUInt32();
}
