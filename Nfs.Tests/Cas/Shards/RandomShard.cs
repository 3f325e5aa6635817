using Cas.Client;
using Cas.Client.Hashing;
using Cas.Client.Shards;
using Nfs.Tests.Fixtures;

namespace Nfs.Tests.Cas.Shards;

/// <summary>Files and xorbs that agree with each other, made from a seed.</summary>
internal static class RandomShard
{
    /// <summary>A xorb of random chunks.</summary>
    public static ShardXorb Xorb(SplitMix64 random, int chunkCount)
    {
        var chunks = new ShardChunk[chunkCount];
        var offset = 0u;
        for (var i = 0; i < chunkCount; i++)
        {
            var length = 1 + (uint)random.Below(8000);
            chunks[i] = new ShardChunk(Hash(random), offset, length);
            offset += length;
        }

        MerkleNode[] nodes = [.. chunks.Select(chunk => new MerkleNode(chunk.Hash, chunk.Length))];
        return new ShardXorb(MerkleRoot.Of(nodes), chunks) { Length = offset, RecordBytes = offset + 1 };
    }

    /// <summary>A file of random runs of some xorbs.</summary>
    public static ShardFile File(
        SplitMix64 random, IReadOnlyList<ShardXorb> xorbs, bool hasRanges = true, bool hasSha256 = false)
    {
        var whole = new MerkleBuilder();
        var terms = new ShardTerm[1 + random.Below(5)];
        var ranges = new MerkleHash[terms.Length];
        for (var i = 0; i < terms.Length; i++)
        {
            var xorb = xorbs[random.Below(xorbs.Count)];
            var start = random.Below(xorb.Chunks.Length);
            var end = start + 1 + random.Below(xorb.Chunks.Length - start);
            MerkleNode[] run =
                [.. xorb.Chunks[start..end].Select(chunk => new MerkleNode(chunk.Hash, chunk.Length))];
            Array.ForEach(run, whole.Append);
            terms[i] = new ShardTerm(xorb.Hash, (uint)run.Sum(node => (long)node.Length), (uint)start, (uint)end);
            ranges[i] = XetHash.Range(run);
        }

        return new ShardFile(XetHash.File(whole.Finish()), terms)
        {
            RangeHashes = hasRanges ? ranges : null,
            Sha256 = hasSha256 ? Hash(random) : null,
        };
    }

    /// <summary>A shard of some of both.</summary>
    public static ShardBuilder Builder(ulong seed, int xorbCount = 3, int fileCount = 4, int chunksMax = 6)
    {
        var random = new SplitMix64(seed);
        var builder = new ShardBuilder();
        ShardXorb[] xorbs =
            [.. Enumerable.Range(0, xorbCount).Select(_ => Xorb(random, 1 + random.Below(chunksMax)))];
        Array.ForEach(xorbs, xorb => builder.TryAdd(xorb));
        for (var i = 0; i < fileCount; i++)
        {
            builder.TryAdd(File(random, xorbs, hasSha256: i % 2 == 0));
        }

        return builder;
    }

    public static MerkleHash Hash(SplitMix64 random) =>
        new(random.Next(), random.Next(), random.Next(), random.Next());
}
