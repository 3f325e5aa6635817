using System.Text.Json;
using Cas.Client;
using Cas.Client.Composition;
using Cas.Client.Hashing;
using Cas.Client.Shards;
using Nfs.Tests.Fixtures;
using NUnit.Framework;
using XetHub.Cas;
using XetHub.Http;

namespace Nfs.Tests.Hub;

// If these fail, a client that edits a file by ranges composes one whose hash its bytes do not have.
[TestFixture]
internal sealed class ChangedRangeTests
{
    private static readonly JsonElement s_golden = GoldenFile.Json("file-chunk-hashes.json");

    private static IEnumerable<TestCaseData> Cases => s_golden.GetProperty("cases").EnumerateArray().Select(
        e => new TestCaseData(e).SetArgDisplayNames($"{e.GetProperty("layout")}: {e.GetProperty("description")}"));

    [TestCaseSource(nameof(Cases))]
    public void Answer_IsGolden(JsonElement expected)
    {
        var map = MapOf(expected.GetProperty("layout").GetString()!);
        var dirty = expected.GetProperty("dirtyExclusiveEnd").EnumerateArray()
            .Select(range => (range[0].GetUInt64(), range[1].GetUInt64())).ToList();

        var answer = JsonSerializer.SerializeToElement(ChangedRangeEndpoints.Answer(map, dirty), Answers.Hub);

        Assert.That(JsonElement.DeepEquals(answer, expected.GetProperty("response")), Is.True, answer.ToString());
    }

    [Test]
    public async Task Answer_OverHttp_SortsAndJoinsRanges()
    {
        await using var hub = await TestHub.StartAsync();
        await hub.UploadAsync(NpmUpload.Text);
        var token = await hub.TokenAsync("read");
        Task<JsonElement> AskAsync(string ranges) => hub.JsonAsync(
            HttpMethod.Get, $"/v2/file-chunk-hashes/{NpmUpload.Text.FileHash}", null, token, ("X-Range-Dirty", ranges));

        var messy = await AskAsync("bytes=200-300,0-10,5-200");
        var tidy = await AskAsync("bytes=0-300");
        using var outside = await hub.SendAsync(
            HttpMethod.Get, $"/v2/file-chunk-hashes/{NpmUpload.Text.FileHash}", null, token,
            ("X-Range-Dirty", "bytes=300000-300001"));

        Assert.That(JsonElement.DeepEquals(messy, tidy), Is.True);
        Assert.That(tidy.GetProperty("fileSize").GetInt32(), Is.EqualTo(300000));
        Assert.That((int)outside.StatusCode, Is.EqualTo(400));
    }

    private static ChunkMap MapOf(string layout)
    {
        var name = s_golden.GetProperty("file").GetString()!.Split(' ')[0];
        var chunks = GoldenFile.Json("chunking.json").GetProperty("cases").EnumerateArray()
            .Single(e => e.GetProperty("name").GetString() == name).GetProperty("chunks").EnumerateArray()
            .Select(chunk => new MerkleNode(HashOf(chunk[0]), chunk[1].GetUInt64())).ToArray();
        var terms = new List<ShardTerm>();
        var rangeHashes = new List<MerkleHash>();
        foreach (var segment in s_golden.GetProperty("layouts").EnumerateArray()
            .Single(e => e.GetProperty("name").GetString() == layout).GetProperty("segments").EnumerateArray())
        {
            var places = segment.GetProperty("fileChunks");
            var run = chunks[places[0].GetInt32()..places[1].GetInt32()];
            terms.Add(new ShardTerm(
                HashOf(segment.GetProperty("xorbHash")),
                (uint)run.Sum(chunk => (long)chunk.Length),
                segment.GetProperty("chunkIndexStart").GetUInt32(),
                segment.GetProperty("chunkIndexEnd").GetUInt32()));
            rangeHashes.Add(XetHash.Range(run));
        }

        return new ChunkMap(MerkleTree.Of(chunks), [.. terms], [.. rangeHashes]);
    }

    private static MerkleHash HashOf(JsonElement text) =>
        MerkleHash.TryParse(text.GetString()!, out var hash) ? hash : throw new InvalidDataException("not a hash");
}
