using Cas.Client.Hashing;
using Cas.Client.Shards;
using Cas.Client.Transfer;

namespace Cas.Client.Backends.Local.Upkeep;

/// <summary>
/// Holds the index, as it was left, against the shards. May be used from several threads at once.
/// </summary>
internal sealed class IndexAudit : IDisposable
{
    private const string Remedy = "delete index.db while nothing uses the store, and it is made anew from the shards";

    private readonly ContentIndex? _index;
    private readonly HashSet<MerkleHash> _known = [];
    private readonly CheckLog _log;
    private string? _firstWrong;
    private long _wrong;
    private long _chunksMissing;

    private IndexAudit(ContentIndex? index, CheckLog log)
    {
        _index = index;
        _log = log;
        if (index is not null)
        {
            _known = index.Shards();
        }
    }

    /// <summary>Opens the index if there is one that can be read.</summary>
    public static IndexAudit Open(string path, CheckLog log)
    {
        if (!File.Exists(path))
        {
            log.Note("index.db is not there; it is made anew from the shards when the store is opened");
            return new IndexAudit(null, log);
        }

        try
        {
            Databases.Verify(path);
            return new IndexAudit(ContentIndex.Open(path), log);
        }
        catch (Exception e) when (IoErrorMap.Covers(e) && IoErrorMap.Map(e) == CasError.Corrupt)
        {
            log.Damage($"index.db cannot be read ({e.Message}); {Remedy}");
            return new IndexAudit(null, log);
        }
    }

    /// <summary>Whether every shard that the index names is there.</summary>
    public void CheckShards(ContentDirectory directory)
    {
        foreach (var name in _known)
        {
            if (!File.Exists(directory.PathOfShard(name)))
            {
                _log.Damage($"shard {name} is not there, and the index names it");
            }
        }
    }

    /// <summary>Whether the index finds what a shard says.</summary>
    public void Check(MerkleHash name, ShardReader shard)
    {
        if (_index is null)
        {
            return;
        }

        if (!_known.Contains(name))
        {
            _log.Note($"shard {name} is not in the index yet; it is added when the store is opened");
            return;
        }

        foreach (var entry in shard.Files())
        {
            CheckFile(name, entry);
        }

        foreach (var entry in shard.Xorbs())
        {
            CheckChunks(shard.ReadXorb(entry));
        }
    }

    /// <summary>Tells in one line what disagreed.</summary>
    public void Finish()
    {
        if (_chunksMissing > 0)
        {
            // Of two xorbs with the same chunk the index knows one, and that one may have been deleted.
            _log.Note($"index.db does not find {_chunksMissing} chunks; equal ones would be stored once more");
        }

        if (_wrong > 0)
        {
            _log.Damage($"index.db disagrees with the shards in {_wrong} places, such as {_firstWrong}; {Remedy}");
        }
    }

    public void Dispose() => _index?.Dispose();

    private void CheckFile(MerkleHash shard, in ShardEntry entry)
    {
        // In another shard it may be made in another way; then that shard's turn tells whether it is.
        var row = _index!.FindFile(entry.Hash);
        if (row is not { } found || !_known.Contains(found.Shard) ||
            (found.Shard == shard && found.RecordIndex != entry.RecordIndex))
        {
            Wrong($"file {entry.Hash} of shard {shard}");
        }
    }

    private void CheckChunks(ShardXorb xorb)
    {
        var places = new ChunkPlace?[xorb.Chunks.Length];
        _index!.FindChunks(Array.ConvertAll(xorb.Chunks, chunk => new MerkleNode(chunk.Hash, chunk.Length)), places);
        for (var i = 0; i < places.Length; i++)
        {
            if (places[i] is not { } place)
            {
                Interlocked.Increment(ref _chunksMissing);
            }
            else if (place.Xorb == xorb.Hash &&
                (place.Index >= places.Length || xorb.Chunks[place.Index].Hash.A != xorb.Chunks[i].Hash.A))
            {
                // One row serves all chunks of a first word, so it may name another place or xorb.
                Wrong($"chunk {i} of xorb {xorb.Hash}");
            }
        }
    }

    private void Wrong(string what)
    {
        Interlocked.Increment(ref _wrong);
        Interlocked.CompareExchange(ref _firstWrong, what, null);
    }
}
