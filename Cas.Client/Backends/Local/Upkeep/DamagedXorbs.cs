using System.Collections;
using System.Collections.Concurrent;
using Cas.Client.Shards;

namespace Cas.Client.Backends.Local.Upkeep;

/// <summary>Which chunks a check found damaged. May be used from several threads at once.</summary>
internal sealed class DamagedXorbs
{
    // No bits: all of it.
    private readonly ConcurrentDictionary<MerkleHash, BitArray?> _chunks = new();

    /// <summary>Nothing of a xorb can be read; false if that was known.</summary>
    public bool TryAdd(MerkleHash xorb) => _chunks.TryAdd(xorb, null);

    /// <summary>Some chunks of a xorb are damaged; the bits are taken over.</summary>
    public void Add(MerkleHash xorb, BitArray chunks) => _chunks[xorb] = chunks;

    /// <summary>Whether nothing of a xorb can be read.</summary>
    public bool IsLost(MerkleHash xorb) => _chunks.TryGetValue(xorb, out var chunks) && chunks is null;

    /// <summary>Whether a term needs a damaged chunk.</summary>
    public bool IsHurt(ShardTerm term)
    {
        if (!_chunks.TryGetValue(term.Xorb, out var chunks))
        {
            return false;
        }

        for (var i = (int)term.ChunkStart; chunks is not null && i < chunks.Count && i < term.ChunkEnd; i++)
        {
            if (chunks[i])
            {
                return true;
            }
        }

        return chunks is null;
    }
}
