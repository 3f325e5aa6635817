using Cas.Client.Formats;
using Cas.Client.Hashing;
using Cas.Client.Shards;
using Cas.Client.Transfer;

namespace Cas.Client.Backends.Hub.Writing;

/// <summary>
/// Chunks that the CAS has from others. It is asked for one chunk in a thousand, and for the first one of a long file;
/// the answer tells of the chunks around it, under hashes that are hidden by a key. The gate guards the tables.
/// </summary>
internal sealed class GlobalDedup(CasUploads cas)
{
    private const ulong AskedModulus = 1024;
    private const int ShardsMax = 16;

    /// <summary>Chunks of an answer that are kept, about 1 GiB of content, at some 250 bytes each.</summary>
    private const int ChunksPerShardMax = 16 << 10;

    private const int DistrustedMax = 4096;

    private readonly Lock _gate = new();
    private readonly LinkedList<Answered> _answers = new(); // Guarded by _gate. Newest first.
    private readonly HashSet<MerkleHash> _distrusted = []; // Guarded by _gate.

    /// <summary>Whether the CAS may be asked for a chunk that is not the first of a file.</summary>
    public static bool IsAsked(MerkleHash chunk) => chunk.D % AskedModulus == 0;

    /// <summary>Asks the CAS. Blocks on it; a failure is no answer, and never one of the upload.</summary>
    public void Ask(MerkleHash chunk)
    {
        try
        {
            if (cas.FindChunkAsync(chunk).GetAwaiter().GetResult() is { } shard)
            {
                Keep(new Answered(ShardReader.Open(new MemoryBytes(shard))));
            }
        }
        catch (CasException)
        {
            // Then the chunk is stored once more.
        }
    }

    /// <summary>Where a chunk is said to be; null if nothing is said of it.</summary>
    public ChunkPlace? Find(MerkleNode chunk)
    {
        lock (_gate)
        {
            foreach (var answer in _answers)
            {
                if (answer.Find(chunk) is { } place && !_distrusted.Contains(place.Xorb))
                {
                    return place;
                }
            }
        }

        return null;
    }

    /// <summary>Whether a chunk is said to be at a place.</summary>
    public bool Holds(ChunkPlace place, MerkleHash chunk)
    {
        lock (_gate)
        {
            return !_distrusted.Contains(place.Xorb) && _answers.Any(answer => answer.Holds(place, chunk));
        }
    }

    /// <summary>Does not believe again that a xorb is there: a shard that rests on it was refused.</summary>
    public void Distrust(MerkleHash xorb)
    {
        lock (_gate)
        {
            if (_distrusted.Count == DistrustedMax)
            {
                _distrusted.Clear();
            }

            _distrusted.Add(xorb);
        }
    }

    private void Keep(Answered answer)
    {
        lock (_gate)
        {
            _answers.AddFirst(answer);
            if (_answers.Count > ShardsMax)
            {
                _answers.RemoveLast();
            }
        }
    }

    /// <summary>An answer, in tables.</summary>
    private sealed class Answered
    {
        private readonly MerkleHash _key;
        private readonly Dictionary<MerkleHash, (ChunkPlace Place, uint Length)> _places = [];
        private readonly Dictionary<ChunkPlace, MerkleHash> _hashes = [];

        /// <summary>Throws <see cref="CasException"/> if the shard is none.</summary>
        public Answered(ShardReader shard)
        {
            _key = shard.IsKeyed ? shard.Footer!.Key : default;
            foreach (var entry in shard.Xorbs())
            {
                if (_hashes.Count + (long)entry.ItemCount > ChunksPerShardMax)
                {
                    break;
                }

                var chunks = shard.ReadXorb(entry).Chunks;
                for (var i = 0u; i < chunks.Length; i++)
                {
                    var place = new ChunkPlace(entry.Hash, i);
                    _places.TryAdd(chunks[i].Hash, (place, chunks[i].Length));
                    _hashes[place] = chunks[i].Hash;
                }
            }
        }

        public ChunkPlace? Find(MerkleNode chunk) =>
            _places.TryGetValue(Keyed(chunk.Hash), out var found) && found.Length == chunk.Length ? found.Place : null;

        public bool Holds(ChunkPlace place, MerkleHash chunk) =>
            _hashes.TryGetValue(place, out var hash) && hash == Keyed(chunk);

        private MerkleHash Keyed(MerkleHash chunk) => _key == default ? chunk : ShardKey.Apply(_key, chunk);
    }
}
