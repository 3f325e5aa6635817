using System.Collections;
using System.Collections.Concurrent;
using Cas.Client.Shards;

namespace Cas.Client.Backends.Local.Upkeep;

/// <summary>Which chunks a check found damaged. May be used from several threads at once.</summary>
internal sealed class DamagedXorbs
{
    private readonly ConcurrentDictionary<MerkleHash, Damage> _xorbs = new();

    /// <summary>Nothing of a xorb can be read.</summary>
    public void Add(MerkleHash xorb, string problem) => _xorbs.TryAdd(xorb, new Damage(null, problem));

    /// <summary>Some chunks of a xorb are damaged; the bits are taken over.</summary>
    public void Add(MerkleHash xorb, BitArray chunks, string problem) =>
        _xorbs.TryAdd(xorb, new Damage(chunks, problem));

    /// <summary>Whether nothing of a xorb can be read.</summary>
    public bool IsLost(MerkleHash xorb) => _xorbs.TryGetValue(xorb, out var damage) && damage.Chunks is null;

    /// <summary>Whether a term needs a damaged chunk.</summary>
    public bool IsHurt(ShardTerm term)
    {
        if (!_xorbs.TryGetValue(term.Xorb, out var damage))
        {
            return false;
        }

        var isHurt = damage.Chunks is null;
        for (var i = (int)term.ChunkStart; !isHurt && i < damage.Chunks!.Count && i < term.ChunkEnd; i++)
        {
            isHurt = damage.Chunks[i];
        }

        return isHurt;
    }

    /// <summary>Notes that a file is made of a term.</summary>
    public void Need(ShardTerm term)
    {
        if (IsHurt(term))
        {
            _xorbs[term.Xorb].IsNeeded = true;
        }
    }

    /// <summary>
    /// Tells what was found, after all files were looked at. Bytes that were stored again elsewhere hurt nobody.
    /// </summary>
    public void Report(CheckLog log)
    {
        foreach (var damage in _xorbs.Values)
        {
            if (damage.IsNeeded)
            {
                log.Damage(damage.Problem);
            }
            else
            {
                log.Note($"{damage.Problem}; no file needs it");
            }
        }
    }

    /// <summary>No bits: all of it.</summary>
    private sealed class Damage(BitArray? chunks, string problem)
    {
        public BitArray? Chunks => chunks;

        public string Problem => problem;

        /// <summary>Only ever set, so that it does not matter which thread comes first.</summary>
        public bool IsNeeded { get; set; }
    }
}
