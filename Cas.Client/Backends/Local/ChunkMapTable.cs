using Cas.Client.Composition;
using Cas.Client.Formats;
using Cas.Client.Reconstruction;
using Cas.Client.Shards;

namespace Cas.Client.Backends.Local;

/// <summary>
/// Chunk maps of files that are edited; those used last stay in memory. A map is made once, of the indexes of the
/// file's xorbs, also if several threads ask for it. The gate guards that a file has one entry.
/// </summary>
internal sealed class ChunkMapTable(LeaseCache<MerkleHash, OpenXorb> xorbs)
{
    /// <summary>About the maps of 80 GiB of content.</summary>
    private const long MemoryBytesMax = 128 << 20;

    private readonly Lock _gate = new();
    private readonly CostCache<Entry> _maps = new(MemoryBytesMax, entry => entry.MemoryBytes);

    /// <summary>
    /// The map of a file as its recipe makes it. Throws <see cref="CasException"/> and what reading throws.
    /// </summary>
    public ChunkMap Find(FileRecipe recipe)
    {
        try
        {
            return EntryOf(recipe).Map.Value;
        }
        catch
        {
            // The next one tries again.
            _maps.Forget(recipe.Hash);
            throw;
        }
    }

    /// <summary>Keeps the map of a file that was just registered as <paramref name="file"/>.</summary>
    public void Keep(ShardFile file, ChunkMap map) => _maps.Keep(file.Hash, new Entry(file, _ => map));

    /// <summary>Forgets a map that something was wrong with.</summary>
    public void Forget(MerkleHash file) => _maps.Forget(file);

    // A map of other terms is one of before a repair, or before terms were joined.
    private Entry EntryOf(FileRecipe recipe)
    {
        lock (_gate)
        {
            var entry = _maps.Find(recipe.Hash);
            if (entry is null || !recipe.IsMadeAs(entry.File))
            {
                entry = new Entry(recipe.ToShardFile(), file => ChunkMap.Of(file, xorbs.IndexOf));
                _maps.Keep(recipe.Hash, entry);
            }

            return entry;
        }
    }

    private sealed class Entry(ShardFile file, Func<ShardFile, ChunkMap> make)
    {
        public ShardFile File => file;

        public Lazy<ChunkMap> Map { get; } = new(() => make(file));

        public long MemoryBytes { get; } = ChunkMap.MemoryBytesOf(file);
    }
}
