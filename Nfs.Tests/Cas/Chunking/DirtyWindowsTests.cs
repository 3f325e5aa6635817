using System.Text.Json;
using Cas.Client.Chunking;
using Cas.Client.Hashing;
using Nfs.Tests.Fixtures;
using NUnit.Framework;

namespace Nfs.Tests.Cas.Chunking;

// If these fail, a store says that less of an edited file has to be cut anew than really has: the file gets a hash that
// its bytes do not have.
[TestFixture]
internal sealed class DirtyWindowsTests
{
    private static readonly JsonElement s_golden = GoldenFile.Json("file-chunk-hashes.json");

    private static IEnumerable<TestCaseData> GoldenAnswers() => s_golden.GetProperty("cases").EnumerateArray().Select(
        e => new TestCaseData($"{e.GetProperty("layout")}: {e.GetProperty("description")}", e));

    private static IEnumerable<TestCaseData> GoldenBoundaries() =>
        GoldenFile.Json("stable-boundary.json").GetProperty("cases").EnumerateArray().Select(
            e => new TestCaseData(e.GetProperty("case").GetString(), e.GetProperty("queries")));

    [TestCaseSource(nameof(GoldenBoundaries))]
    [Covers("EC-294")]
    public void IndexAfter_IsGolden(string name, JsonElement queries)
    {
        var boundaries = Boundaries(Chunks(name));
        foreach (var query in queries.EnumerateArray())
        {
            var index = StableBoundary.IndexAfter(boundaries, query[0].GetUInt64());

            ulong? boundary = index < 0 ? null : boundaries[index];
            Assert.That(boundary, Is.EqualTo(query[1].Deserialize<ulong?>()), $"after {query[0]}");
        }
    }

    [TestCaseSource(nameof(GoldenAnswers))]
    public void Of_WithTheHashesBesideIt_IsGolden(string name, JsonElement expected)
    {
        var chunks = Chunks(s_golden.GetProperty("file").GetString()!.Split(' ')[0]);
        var boundaries = Boundaries(chunks);
        var response = expected.GetProperty("response");

        var windows = DirtyWindows.Of(
            boundaries,
            [.. expected.GetProperty("dirtyExclusiveEnd").EnumerateArray().Select(Pair)]);

        Assert.That(
            windows.Select(w => (boundaries[w.Start], boundaries[w.End])),
            Is.EqualTo(response.GetProperty("windows").EnumerateArray()
                .Select(e => Pair(e.GetProperty("dirtyByteRange")))));
        AssertGaps(chunks, windows, response.GetProperty("hashRanges"));
        AssertUntouchedTerms(chunks, windows, expected.GetProperty("layout").GetString()!, response);
    }

    [Test]
    public void Of_RangesOutsideTheContent_AreNoWindows()
    {
        ulong[] boundaries = [0, 100];

        Assert.That(DirtyWindows.Of(boundaries, [(100, 200), (300, ulong.MaxValue)]), Is.Empty);
        Assert.That(DirtyWindows.Of(boundaries, [(5, 5)]), Is.Empty);
        Assert.That(DirtyWindows.Of([0], [(0, 1)]), Is.Empty);
        Assert.That(DirtyWindows.Of([], [(0, 1)]), Is.Empty);
        Assert.That(DirtyWindows.Of(boundaries, [(99, ulong.MaxValue)]), Is.EqualTo([(0, 1)]));
    }

    // Whatever happens to the bytes before it, chunking again cuts at a stable boundary.
    [Test]
    public void IndexAfter_ABoundary_NoEditBeforeItMoves([Range(0, 99)] int seed)
    {
        var random = new SplitMix64((ulong)seed);
        var input = new SplitMix64((ulong)(seed / 10)).Bytes(1 << 20);
        var boundaries = ChunkEnds(input);
        var dirtyEnd = 1 + random.Below(input.Length);
        var index = StableBoundary.IndexAfter([.. boundaries.Select(b => (ulong)b)], (ulong)dirtyEnd);
        if (index < 0)
        {
            Assert.Pass("no stable boundary behind the edit");
        }

        var start = random.Below(dirtyEnd);
        byte[] edited = [.. input[..start], .. random.Bytes(random.Below(100_000)), .. input[dirtyEnd..]];
        var shift = edited.Length - input.Length;

        Assert.That(ChunkEnds(edited), Does.Contain(boundaries[index] + shift));
    }

    private static void AssertGaps(MerkleNode[] chunks, List<(int Start, int End)> windows, JsonElement golden)
    {
        int[] limits = [0, .. windows.SelectMany(w => (int[])[w.Start, w.End]), chunks.Length];
        var gaps = golden.EnumerateArray().Select(MerkleSubtrees.Read).ToArray();
        Assert.That(gaps, Has.Length.EqualTo(windows.Count + 1));
        for (var i = 0; i < gaps.Length; i++)
        {
            var (start, end) = (limits[2 * i], limits[(2 * i) + 1]);
            var gap = start == end ? null : MerkleSubtree.Of(chunks.AsSpan(start..end), i == 0, i == gaps.Length - 1);

            Assert.That(gap?.Levels, Is.EqualTo(gaps[i]?.Levels));
            Assert.That(gap?.Nodes, Is.EqualTo(gaps[i]?.Nodes));
            Assert.That((gap?.IsAtStart, gap?.IsAtEnd), Is.EqualTo((gaps[i]?.IsAtStart, gaps[i]?.IsAtEnd)));
        }
    }

    private static void AssertUntouchedTerms(
        MerkleNode[] chunks, List<(int Start, int End)> windows, string layout, JsonElement response)
    {
        var terms = s_golden.GetProperty("layouts").EnumerateArray()
            .Single(e => e.GetProperty("name").GetString() == layout).GetProperty("segments").EnumerateArray()
            .Select(e => Pair(e.GetProperty("fileChunks"))).Select(p => (Start: (int)p.Start, End: (int)p.End));
        var untouched = terms.Where(t => windows.TrueForAll(w => w.End <= t.Start || t.End <= w.Start));

        Assert.That(
            untouched.Select(t => XetHash.Range(chunks.AsSpan(t.Start..t.End))),
            Is.EqualTo(response.GetProperty("gapVerification").EnumerateArray().Select(MerkleLists.Hash)));
    }

    private static (ulong Start, ulong End) Pair(JsonElement range) => (range[0].GetUInt64(), range[1].GetUInt64());

    private static MerkleNode[] Chunks(string name) =>
        [.. GoldenFile.Json("chunking.json").GetProperty("cases").EnumerateArray()
            .Single(e => e.GetProperty("name").GetString() == name).GetProperty("chunks").EnumerateArray()
            .Select(e => new MerkleNode(MerkleLists.Hash(e[0]), e[1].GetUInt64()))];

    private static ulong[] Boundaries(MerkleNode[] chunks)
    {
        var offset = 0UL;
        return [0, .. chunks.Select(chunk => offset += chunk.Length)];
    }

    private static List<int> ChunkEnds(byte[] input)
    {
        List<int> ends = [0];
        while (ends[^1] < input.Length)
        {
            ends.Add(ends[^1] + Chunker.FirstLength(input.AsSpan(ends[^1])));
        }

        return ends;
    }
}
