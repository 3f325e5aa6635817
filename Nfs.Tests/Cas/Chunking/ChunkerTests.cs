using System.Security.Cryptography;
using System.Text.Json;
using Cas.Client.Chunking;
using Cas.Client.Hashing;
using Nfs.Tests.Fixtures;
using NUnit.Framework;

namespace Nfs.Tests.Cas.Chunking;

// If these fail, equal files are cut in different places: they get different hashes, nothing is shared between them,
// and an edited file does not get the hash that storing it anew would give.
[TestFixture]
internal sealed class ChunkerTests
{
    private static IEnumerable<TestCaseData> GoldenCases() =>
        Golden("chunking.json", "cases").Select(e => new TestCaseData(e.GetProperty("name").GetString(), e));

    [Test]
    public void Entries_AreTheGoldenTable() =>
        Assert.That(
            GearTable.Entries.ToArray().Select(e => $"0x{e:x16}"),
            Is.EqualTo(Golden("gear-table.json", "table").Select(e => e.GetString())));

    [TestCaseSource(nameof(GoldenCases))]
    public void Take_GivesTheGoldenChunks(string name, JsonElement expected)
    {
        var input = GoldenInput.Make(expected.GetProperty("generator"));
        var digest = Convert.ToHexStringLower(SHA256.HashData(input));
        Assert.That(digest, Is.EqualTo(expected.GetProperty("sha256").GetString()), "input");

        var chunks = Lengths(input, [int.MaxValue]);

        var golden = expected.GetProperty("chunks").EnumerateArray().ToArray();
        Assert.That(chunks, Is.EqualTo(golden.Select(e => e[1].GetInt32())));
        var offset = 0;
        foreach (var (length, chunk) in chunks.Zip(golden))
        {
            var hash = Blake3.Hash(XetKeys.Data, input.AsSpan(offset, length));
            Assert.That(hash.ToString(), Is.EqualTo(chunk[0].GetString()), $"at {offset}");
            offset += length;
        }
    }

    [Test]
    public void Take_InPiecesOfAnySize_GivesTheSameChunks([Range(0, 59)] int seed)
    {
        var random = new SplitMix64((ulong)seed);
        var input = Mixed(random, 400_000);
        var whole = Lengths(input, [int.MaxValue]);
        var pieceMax = 1 << random.Below(19);
        var pieces = Enumerable.Range(0, 1000).Select(_ => 1 + random.Below(pieceMax)).ToArray();

        Assert.That(Lengths(input, pieces), Is.EqualTo(whole));
        Assert.That(whole, Is.EqualTo(ByTheRule(input)));
    }

    [Test]
    public void Take_OneByteAtATime_GivesTheSameChunks()
    {
        var input = new SplitMix64(7).Bytes(500_000);

        Assert.That(Lengths(input, [1]), Is.EqualTo(Lengths(input, [int.MaxValue])));
    }

    [Test]
    public void Take_OfNothing_TakesNothing()
    {
        var chunker = new Chunker();

        Assert.That(chunker.Take([], out var isCut), Is.Zero);
        Assert.That(isCut, Is.False);
        Assert.That(chunker.Length, Is.Zero);
    }

    private static IEnumerable<JsonElement> Golden(string path, string list) =>
        GoldenFile.Json(path).GetProperty(list).EnumerateArray();

    private static List<int> Lengths(byte[] input, int[] pieces)
    {
        var lengths = new List<int>();
        var chunker = new Chunker();
        var open = 0;
        for (var (offset, piece) = (0, 0); offset < input.Length; piece++)
        {
            var rest = input.AsSpan(offset, Math.Min(input.Length - offset, pieces[piece % pieces.Length]));
            while (!rest.IsEmpty)
            {
                var taken = chunker.Take(rest, out var isCut);
                open += taken;
                offset += taken;
                rest = rest[taken..];
                Assert.That(chunker.Length, Is.EqualTo(isCut ? 0 : open));
                if (isCut)
                {
                    lengths.Add(open);
                    open = 0;
                }
            }
        }

        return open == 0 ? lengths : [.. lengths, open];
    }

    // The rule as the format states it, byte by byte.
    private static List<int> ByTheRule(byte[] input)
    {
        var lengths = new List<int>();
        var (hash, size) = (0UL, 0);
        foreach (var value in input)
        {
            hash = (hash << 1) + GearTable.Entries[value];
            size++;
            if (size >= 8192 && ((hash & 0xFFFF000000000000) == 0 || size == 131072))
            {
                lengths.Add(size);
                (hash, size) = (0, 0);
            }
        }

        return size == 0 ? lengths : [.. lengths, size];
    }

    // Random bytes with runs of zeros and of short periods, in which chunks reach their largest size.
    private static byte[] Mixed(SplitMix64 random, int length)
    {
        var bytes = new List<byte>(length);
        while (bytes.Count < length)
        {
            var run = 1 + random.Below(1 << (8 + random.Below(10)));
            bytes.AddRange(random.Below(4) switch
            {
                0 => new byte[run],
                1 => Enumerable.Repeat(random.Bytes(1 + random.Below(100)), run).SelectMany(b => b).Take(run),
                _ => random.Bytes(run),
            });
        }

        return [.. bytes.Take(length)];
    }
}
