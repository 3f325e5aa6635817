using System.Buffers;

namespace Cas.Client.Hashing;

/// <summary>The aggregated hash of a list of chunks: the name of a xorb, and what a file's hash is made of.</summary>
internal static class MerkleRoot
{
    /// <summary>The root of the tree over <paramref name="chunks"/>; zero for none.</summary>
    public static MerkleHash Of(ReadOnlySpan<MerkleNode> chunks)
    {
        if (chunks.Length <= 1)
        {
            return chunks.IsEmpty ? MerkleHash.Zero : chunks[0].Hash;
        }

        // A level is at most a third of the one below and one more, and parents are written behind what they are of.
        var rented = ArrayPool<MerkleNode>.Shared.Rent((chunks.Length / MerkleGroup.CountMin) + 1);
        var level = chunks;
        while (level.Length > 1)
        {
            level = rented.AsSpan(0, JoinGroups(level, rented));
        }

        var root = level[0].Hash;
        ArrayPool<MerkleNode>.Shared.Return(rented);
        return root;
    }

    // Parents may overwrite the nodes that they are made of.
    private static int JoinGroups(ReadOnlySpan<MerkleNode> level, Span<MerkleNode> parents)
    {
        var count = 0;
        while (!level.IsEmpty)
        {
            var group = MerkleGroup.FirstCount(level);
            parents[count++] = XetHash.Parent(level[..group]);
            level = level[group..];
        }

        return count;
    }
}
