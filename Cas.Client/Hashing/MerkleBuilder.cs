using System.Runtime.CompilerServices;

namespace Cas.Client.Hashing;

/// <summary>
/// The aggregated hash of chunks that come one by one, in memory that grows with the logarithm of their count: each
/// level holds its open group. Reusable.
/// </summary>
internal sealed class MerkleBuilder
{
    private readonly List<Level> _levels = [];

    /// <summary>Chunks so far.</summary>
    public long Count => _levels.Count == 0 ? 0 : _levels[0].Total;

    /// <summary>Bytes of content so far.</summary>
    public ulong Length { get; private set; }

    /// <summary>Adds the next chunk.</summary>
    public void Append(MerkleNode chunk)
    {
        Length = checked(Length + chunk.Length);
        Append(0, chunk);
    }

    /// <summary>The root of the tree over all chunks, zero for none; the next list starts empty.</summary>
    public MerkleHash Finish()
    {
        // A level of one node is the root. One above that is of nodes that closed groups below, so it comes later.
        var root = MerkleHash.Zero;
        for (var i = 0; i < _levels.Count; i++)
        {
            var level = _levels[i];
            if (level.Total == 1)
            {
                root = level.Open[0].Hash;
                break;
            }

            if (level.OpenCount > 0)
            {
                Append(i + 1, level.Close());
            }
        }

        Clear();
        return root;
    }

    /// <summary>Forgets the chunks.</summary>
    public void Clear()
    {
        _levels.Clear();
        Length = 0;
    }

    private void Append(int index, MerkleNode node)
    {
        while (true)
        {
            if (index == _levels.Count)
            {
                _levels.Add(new Level());
            }

            var level = _levels[index++];
            level.Open[level.OpenCount++] = node;
            level.Total++;
            if (!MerkleGroup.EndsWith(node.Hash, level.OpenCount))
            {
                return;
            }

            node = level.Close();
        }
    }

    private sealed class Level
    {
        public Group Open;

        public int OpenCount { get; set; }

        public long Total { get; set; }

        public MerkleNode Close()
        {
            var parent = XetHash.Parent(((ReadOnlySpan<MerkleNode>)Open)[..OpenCount]);
            OpenCount = 0;
            return parent;
        }
    }

    [InlineArray(MerkleGroup.CountMax)]
    private struct Group
    {
        private MerkleNode _first;
    }
}
