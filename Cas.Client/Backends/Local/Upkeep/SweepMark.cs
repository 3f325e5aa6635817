using Cas.Client.Formats;
using Cas.Client.Shards;

namespace Cas.Client.Backends.Local.Upkeep;

/// <summary>
/// Tells which entries of shards and which xorbs stay. Memory grows with the number of xorbs. Not for use by several
/// threads.
/// </summary>
internal sealed class SweepMark(ContentDirectory directory, ContentIndex index, LiveFiles live) : IDisposable
{
    private const int OpenShardsMax = 32;

    private readonly HashSet<MerkleHash> _xorbs = [];
    private readonly LeaseCache<MerkleHash, OpenShard> _shards = new(
        name => OpenShard.Reopen(directory.Open(directory.PathOfShard(name))), OpenShardsMax);

    /// <summary>Whether a chunk of a xorb is needed; known after all shards were marked.</summary>
    public bool IsLive(MerkleHash xorb) => _xorbs.Contains(xorb);

    /// <summary>Whether an entry of a shard that is not young makes a file that is needed, and no other entry does.</summary>
    public bool IsLive(MerkleHash shard, in ShardEntry file) => live.MayHave(file.Hash) && !IsOutdated(shard, file);

    /// <summary>Notes what a shard needs.</summary>
    public void Mark(SweepShard shard)
    {
        using var open = _shards.Borrow(shard.Name);
        var reader = open.Value.Reader;
        foreach (var entry in reader.Files())
        {
            if (shard.IsYoung || IsLive(shard.Name, entry))
            {
                shard.LiveFiles++;
                foreach (var term in reader.ReadFile(entry).Terms)
                {
                    _xorbs.Add(term.Xorb);
                }
            }
        }

        foreach (var entry in reader.Xorbs())
        {
            if (shard.IsYoung)
            {
                _xorbs.Add(entry.Hash);
            }
        }
    }

    /// <summary>Whether a shard lists a xorb that nobody needs; known after all shards were marked.</summary>
    public bool HasDeadXorbs(SweepShard shard)
    {
        using var open = _shards.Borrow(shard.Name);
        return open.Value.Reader.Xorbs().Any(xorb => !IsLive(xorb.Hash));
    }

    public void Dispose() => _shards.Dispose();

    /// <summary>
    /// Whether readers use the entry of another shard. The index alone is not believed: the other entry is looked at.
    /// </summary>
    private bool IsOutdated(MerkleHash shard, in ShardEntry file)
    {
        if (index.FindFile(file.Hash) is not { } row || row.Shard == shard)
        {
            return false;
        }

        try
        {
            using var other = _shards.Borrow(row.Shard);
            other.Value.ReadFile(file.Hash, row.RecordIndex);
            return true;
        }
        catch (CasException e) when (e.Error == CasError.Corrupt)
        {
            return false;
        }
    }
}
