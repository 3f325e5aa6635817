using System.Text.Json;
using Cas.Client;
using Cas.Client.Hashing;
using Nfs.Tests.Fixtures;
using NUnit.Framework;

namespace Nfs.Tests.Cas.Hashing;

// If these fail, files and xorbs get names that no other implementation gives them: a store that checks refuses them,
// and one that does not cannot find them.
[TestFixture]
internal sealed class MerkleTests
{
    private static IEnumerable<TestCaseData> GoldenLists() =>
        Cases("merkle.json").Select(e => new TestCaseData($"{e.GetProperty("mode")} {e.GetProperty("n")}", e));

    private static IEnumerable<TestCaseData> GoldenContents() =>
        Cases("chunking.json").Select(e => new TestCaseData(e.GetProperty("name").GetString(), e));

    [TestCaseSource(nameof(GoldenLists))]
    public void OfAList_AllHashesAreGolden(string name, JsonElement expected)
    {
        var chunks = MerkleLists.Make(expected);
        var salt = MerkleLists.Hash(GoldenFile.Json("merkle.json").GetProperty("salt"));

        var root = MerkleRoot.Of(chunks);

        Assert.That(root, Is.EqualTo(MerkleLists.Hash(expected.GetProperty("xorbHash"))));
        Assert.That(XetHash.File(root), Is.EqualTo(MerkleLists.Hash(expected.GetProperty("fileHash"))));
        Assert.That(XetHash.File(root, salt), Is.EqualTo(MerkleLists.Hash(expected.GetProperty("fileHashWithSalt"))));
        Assert.That(XetHash.Range(chunks), Is.EqualTo(MerkleLists.Hash(expected.GetProperty("verificationHash"))));
    }

    [TestCaseSource(nameof(GoldenContents))]
    public void OfAContent_AllHashesAreGolden(string name, JsonElement expected)
    {
        MerkleNode[] chunks = [.. expected.GetProperty("chunks").EnumerateArray().Select(
            e => new MerkleNode(MerkleLists.Hash(e[0]), e[1].GetUInt64()))];

        var root = MerkleRoot.Of(chunks);

        Assert.That(root, Is.EqualTo(MerkleLists.Hash(expected.GetProperty("xorbHashOfAllChunks"))));
        Assert.That(XetHash.File(root), Is.EqualTo(MerkleLists.Hash(expected.GetProperty("fileHash"))));
        Assert.That(
            XetHash.Range(chunks), Is.EqualTo(MerkleLists.Hash(expected.GetProperty("verificationHashOfAllChunks"))));
    }

    [Test]
    public void Hmac_IsGolden()
    {
        var golden = GoldenFile.Json("keyed-hashes.json").GetProperty("hmac");
        foreach (var e in golden.GetProperty("cases").EnumerateArray())
        {
            Assert.That(
                XetHash.Hmac(MerkleLists.Hash(e.GetProperty("hash")), MerkleLists.Hash(e.GetProperty("key"))),
                Is.EqualTo(MerkleLists.Hash(e.GetProperty("hmac"))));
        }
    }

    [Test]
    public void TextForm_OfCountedBytes_IsGolden()
    {
        var example = GoldenFile.Json("keyed-hashes.json").GetProperty("stringFormExample");
        byte[] bytes = [.. example.GetProperty("bytes").EnumerateArray().Select(e => e.GetByte())];
        var text = new byte[MerkleHash.TextLength];

        var hash = MerkleHash.Read(bytes);

        Assert.That(hash.ToString(), Is.EqualTo(example.GetProperty("string").GetString()));
        Assert.That(MerkleLists.Hash(example.GetProperty("string")), Is.EqualTo(hash));
        Assert.That(hash.TryFormat(text), Is.True);
        Assert.That(text, Is.EqualTo(System.Text.Encoding.ASCII.GetBytes(hash.ToString())));
        Assert.That(hash.TryFormat(text.AsSpan(1)), Is.False);
        Assert.That(hash.ToBytes(), Is.EqualTo(bytes));
    }

    [Test]
    public void Builder_OneByOne_GivesTheRootOfTheList([Values("random", "allcut", "nocut")] string mode)
    {
        var builder = new MerkleBuilder();
        for (var count = 0; count < 400; count++)
        {
            var chunks = MerkleLists.Make(count, (ulong)count, mode);
            Array.ForEach(chunks, builder.Append);

            Assert.That(builder.Count, Is.EqualTo(count));
            Assert.That(builder.Length, Is.EqualTo(chunks.Aggregate(0UL, (sum, chunk) => sum + chunk.Length)));
            Assert.That(builder.Finish(), Is.EqualTo(MerkleRoot.Of(chunks)), $"{count} chunks");
            Assert.That(builder.Count, Is.Zero);
        }
    }

    [TestCaseSource(nameof(GoldenLists))]
    public void BuilderAndTree_OfAList_GiveTheGoldenRoot(string name, JsonElement expected)
    {
        var chunks = MerkleLists.Make(expected);
        var builder = new MerkleBuilder();
        Array.ForEach(chunks, builder.Append);

        Assert.That(builder.Finish(), Is.EqualTo(MerkleLists.Hash(expected.GetProperty("xorbHash"))));
        Assert.That(MerkleTree.Of(chunks).Root, Is.EqualTo(MerkleLists.Hash(expected.GetProperty("xorbHash"))));
    }

    private static IEnumerable<JsonElement> Cases(string path) =>
        GoldenFile.Json(path).GetProperty("cases").EnumerateArray();
}
