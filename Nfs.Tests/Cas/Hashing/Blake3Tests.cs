using System.Text;
using System.Text.Json;
using Cas.Client;
using Cas.Client.Hashing;
using Nfs.Tests.Fixtures;
using NUnit.Framework;

namespace Nfs.Tests.Cas.Hashing;

// If these fail, content gets another name than everybody else gives it, or another one on another machine: what was
// stored is not found, or is called damaged.
[TestFixtureSource(nameof(Kernels))]
internal sealed class Blake3Tests(Blake3Kernel kernel)
{
    private static IEnumerable<Blake3Kernel> Kernels => Enum.GetValues<Blake3Kernel>().Where(Blake3Kernels.Has);

    private static IEnumerable<TestCaseData> GoldenHashes()
    {
        var golden = GoldenFile.Json("blake3.json");
        var key = golden.GetProperty("key").GetString()!;
        return golden.GetProperty("cases").EnumerateArray().Select(
            e => new TestCaseData(e.GetProperty("length").GetInt32(), key, Text(e, "hash"), Text(e, "keyed")));
    }

    private static IEnumerable<TestCaseData> GoldenMessages() =>
        GoldenFile.Json("keyed-hashes.json").GetProperty("messages").EnumerateArray().Select(
            e => new TestCaseData(Text(e, "message"), e));

    [TestCaseSource(nameof(GoldenHashes))]
    public void Hash_OfALength_IsWhatTheReferenceToolGives(int length, string key, string hash, string keyed)
    {
        var input = Pattern(length);

        Assert.That(Hex(Blake3.Hash(Blake3Key.None, input, kernel)), Is.EqualTo(hash));
        Assert.That(Hex(Blake3.Hash(Blake3Key.From(Encoding.ASCII.GetBytes(key)), input, kernel)), Is.EqualTo(keyed));
    }

    [TestCaseSource(nameof(GoldenMessages))]
    public void Hash_WithTheKeysOfTheFormat_IsTheGoldenValue(string message, JsonElement expected)
    {
        var input = message switch
        {
            "empty" => [],
            "one-byte-2a" => [0x2a],
            "hello world" => Encoding.ASCII.GetBytes(message),
            "zeros-1024" => new byte[1024],
            "counter-1025" => [.. Enumerable.Range(0, 1025).Select(i => (byte)i)],
            "splitmix64-seed1-131072" => new SplitMix64(1).Bytes(131072),
            _ => throw new InvalidDataException(message),
        };

        (string Name, Blake3Key Key)[] keys =
        [
            ("data", XetKeys.Data), ("internalNode", XetKeys.Node), ("zeroFileKey", XetKeys.File),
            ("verification", XetKeys.Range),
        ];
        foreach (var (name, key) in keys)
        {
            var hash = Blake3.Hash(key, input, kernel);

            Assert.That(Hex(hash), Is.EqualTo(Text(expected.GetProperty(name), "rawBytesHex")), name);
            Assert.That(hash.ToString(), Is.EqualTo(Text(expected.GetProperty(name), "xetHashString")), name);
        }
    }

    [Test]
    public void Hash_OfEveryLengthAroundBlocksAndChunks_IsThatOfThePortableKernel()
    {
        var input = new SplitMix64(2).Bytes(300_000);
        foreach (var start in (int[])[0, 1])
        {
            foreach (var chunks in Enumerable.Range(0, 291))
            {
                foreach (var extra in (int[])[0, 1, 65, 1023])
                {
                    var bytes = input.AsSpan(start, (chunks * 1024) + extra);
                    Assert.That(
                        Blake3.Hash(XetKeys.Data, bytes, kernel),
                        Is.EqualTo(Blake3.Hash(XetKeys.Data, bytes, Blake3Kernel.Portable)),
                        $"{bytes.Length} bytes at {start}");
                }
            }
        }
    }

    [Test]
    public void Append_InPiecesOfAnySize_GivesTheHashOfTheWhole([Range(0, 39)] int seed)
    {
        var random = new SplitMix64((ulong)seed);
        var input = new SplitMix64(3).Bytes(random.Below(1 << (10 + random.Below(10))));
        var pieceMax = 1 + random.Below(1 << random.Below(18));
        var whole = Blake3.Hash(XetKeys.Data, input, kernel);
        var hasher = new Blake3Hasher(XetKeys.Data, kernel);
        hasher.Append([1, 2, 3]);
        hasher.Clear();

        for (var again = 0; again < 2; again++)
        {
            for (var rest = input.AsSpan(); !rest.IsEmpty;)
            {
                var piece = Math.Min(rest.Length, random.Below(pieceMax + 1));
                hasher.Append(rest[..piece]);
                rest = rest[piece..];
            }

            Assert.That(hasher.Finish(), Is.EqualTo(whole), $"{input.Length} bytes, run {again}");
        }
    }

    [Test]
    public void Hash_CountsNodesBeyond32Bits()
    {
        var input = new SplitMix64(4).Bytes(16 * 1024);
        var (ours, portable) = (new byte[16 * 32], new byte[16 * 32]);
        const ulong counter = uint.MaxValue - 5UL;

        Blake3Kernels.HashNodes(kernel, input, Blake3Node.Chunk, Blake3Key.None, counter, ours);
        Blake3Kernels.HashNodes(Blake3Kernel.Portable, input, Blake3Node.Chunk, Blake3Key.None, counter, portable);

        Assert.That(ours, Is.EqualTo(portable));
    }

    [Test]
    public void Hash_AllocatesNothing()
    {
        var input = new byte[300_000];
        var hasher = new Blake3Hasher(XetKeys.Data, kernel);
        Hash();
        var before = GC.GetAllocatedBytesForCurrentThread();

        Hash();

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);

        void Hash()
        {
            foreach (var length in (ReadOnlySpan<int>)[0, 1, 1024, 1025, 65536, 300_000])
            {
                Blake3.Hash(XetKeys.Data, input.AsSpan(0, length), kernel);
                hasher.Append(input.AsSpan(0, length));
                hasher.Finish();
            }
        }
    }

    private static byte[] Pattern(int length) => [.. Enumerable.Range(0, length).Select(i => (byte)(i % 251))];

    private static string Hex(MerkleHash hash) => Convert.ToHexStringLower(hash.ToBytes());

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;
}
