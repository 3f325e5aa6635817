using Cas.Client;
using Cas.Client.Chunking;
using Cas.Client.Hashing;

namespace Bench;

/// <summary>What is measured both by the suites and by the quick table.</summary>
internal static class Workloads
{
    /// <summary>Cuts content, and counts.</summary>
    public static int CountChunks(ReadOnlySpan<byte> content)
    {
        var count = 0;
        for (; !content.IsEmpty; count++)
        {
            content = content[Chunker.FirstLength(content)..];
        }

        return count;
    }

    /// <summary>Cuts content, and hashes the chunks.</summary>
    public static ulong HashChunks(ReadOnlySpan<byte> content)
    {
        var mixed = 0UL;
        while (!content.IsEmpty)
        {
            var length = Chunker.FirstLength(content);
            mixed ^= XetHash.Chunk(content[..length]).A;
            content = content[length..];
        }

        return mixed;
    }

    /// <summary>A list of chunks without content.</summary>
    public static MerkleNode[] Chunks(int count)
    {
        var random = new Random(1);
        return [.. Enumerable.Range(0, count).Select(_ => new MerkleNode(
            new MerkleHash(Word(random), Word(random), Word(random), Word(random)), 65536))];
    }

    /// <summary>Puts the first chunk in the place of the middle one.</summary>
    public static MerkleTree ReplaceOne(MerkleTree tree, MerkleNode[] chunks) =>
        tree.Replace([new MerkleSplice(tree.Count / 2, (tree.Count / 2) + 1, chunks.AsMemory(0, 1))]);

    private static ulong Word(Random random) => (ulong)random.NextInt64(long.MinValue, long.MaxValue);
}
