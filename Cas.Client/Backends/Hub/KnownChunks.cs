using Cas.Client.Formats;
using Cas.Client.Hashing;
using Cas.Client.Transfer;

namespace Cas.Client.Backends.Hub;

/// <summary>
/// Which chunks xorbs are known to have, as far as that is certain: they were made here, or belong to a file whose hash
/// they gave. The gate guards that a xorb has one entry, and the places.
/// </summary>
internal sealed class KnownChunks
{
    /// <summary>About the chunks of 150 GiB of content.</summary>
    private const long MemoryBytesMax = 96 << 20;

    private const int NodeBytes = 40;
    private const int PlacesMax = 1 << 20;

    private readonly Lock _gate = new();
    private readonly CostCache<Xorb> _xorbs = new(MemoryBytesMax, xorb => (long)NodeBytes * (xorb.Nodes.Length + 4));

    // Where a chunk is, by the first word of its hash. What is wrong here is found wrong in the xorb.
    private readonly Dictionary<ulong, ChunkPlace> _places = []; // Guarded by _gate.

    /// <summary>A chunk of a xorb; null if it is not known.</summary>
    public MerkleNode? Find(MerkleHash xorb, uint chunk) =>
        _xorbs.Find(xorb)?.Nodes is { } nodes && chunk < nodes.Length && nodes[chunk].Length > 0 ? nodes[chunk] : null;

    /// <summary>
    /// Chunks [<paramref name="start"/>, <paramref name="end"/>) of a xorb; null if one is not known.
    /// </summary>
    public MerkleNode[]? Find(MerkleHash xorb, uint start, uint end)
    {
        if (_xorbs.Find(xorb)?.Nodes is not { } nodes || end > nodes.Length || start >= end)
        {
            return null;
        }

        var found = nodes[(int)start..(int)end];
        return Array.TrueForAll(found, node => node.Length > 0) ? found : null;
    }

    /// <summary>Where a chunk is; null if that is not known.</summary>
    public ChunkPlace? FindPlace(MerkleHash chunk)
    {
        ChunkPlace place;
        lock (_gate)
        {
            if (!_places.TryGetValue(chunk.A, out place))
            {
                return null;
            }
        }

        return Find(place.Xorb, place.Index)?.Hash == chunk ? place : null;
    }

    /// <summary>Takes note of chunks from <paramref name="start"/> on; the array is not to be changed.</summary>
    public void Add(MerkleHash xorb, uint start, MerkleNode[] nodes)
    {
        lock (_gate)
        {
            // Never changed, always replaced: readers have no gate.
            var old = _xorbs.Find(xorb)?.Nodes ?? [];
            var all = new MerkleNode[Math.Max(old.Length, (int)start + nodes.Length)];
            old.CopyTo(all, 0);
            nodes.CopyTo(all, (int)start);
            _xorbs.Keep(xorb, new Xorb(all));
            if (_places.Count + nodes.Length > PlacesMax)
            {
                _places.Clear();
            }

            for (var i = 0; i < nodes.Length; i++)
            {
                _places[nodes[i].Hash.A] = new ChunkPlace(xorb, start + (uint)i);
            }
        }
    }

    /// <summary>Forgets a xorb: it may not be there.</summary>
    public void Forget(MerkleHash xorb) => _xorbs.Forget(xorb);

    private sealed class Xorb(MerkleNode[] nodes)
    {
        public MerkleNode[] Nodes => nodes;
    }
}
