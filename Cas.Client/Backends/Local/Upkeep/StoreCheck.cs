using Cas.Client.Formats;
using Cas.Client.Reconstruction;
using Microsoft.Extensions.Logging;

namespace Cas.Client.Backends.Local.Upkeep;

/// <summary>
/// Verifies a store from the bytes up: xorbs, then the shards that are made of them, then the tree that names their
/// files. On all cores; memory grows with the number of xorbs and of what is damaged, and with nothing else.
/// </summary>
internal sealed class StoreCheck(string storeDirectory, ContentDirectory directory, ILogger logger)
{
    /// <summary>Shards kept open while the tree is checked.</summary>
    private const int OpenShardsMax = 128;

    public CheckSummary Run(Action<CheckFinding> found, Action<ulong> done, CancellationToken cancellationToken)
    {
        var log = new CheckLog(found);
        var parallel = new ParallelOptions
        {
            CancellationToken = cancellationToken, MaxDegreeOfParallelism = Environment.ProcessorCount,
        };
        var xorbs = new XorbAudit(directory, done);
        Parallel.ForEach(directory.Xorbs(), parallel, xorbs.Run);
        var shards = CheckShards(xorbs.Damaged, parallel, log, done);
        xorbs.Damaged.Report(log);
        NoteLeftovers(shards, log);
        var entries = CheckTree(shards, xorbs.Damaged, parallel, log);
        return new CheckSummary
        {
            Xorbs = xorbs.Xorbs,
            Chunks = xorbs.Chunks,
            Shards = shards.Shards,
            Files = shards.Files,
            TreeEntries = entries,
            StoredBytes = xorbs.Bytes + shards.Bytes,
            Damages = log.Damages,
            Notes = log.Notes,
        };
    }

    private ShardAudit CheckShards(DamagedXorbs damaged, ParallelOptions parallel, CheckLog log, Action<ulong> done)
    {
        using var index = IndexAudit.Open(Path.Join(storeDirectory, StoreLayout.Index), log);
        index.CheckShards(directory);
        using var xorbs = new LeaseCache<MerkleHash, OpenXorb>(
            hash => OpenXorb.Open(directory.Open(directory.PathOfXorb(hash)), hash), LocalContentStore.OpenXorbsMax);
        var audit = new ShardAudit(directory, xorbs, damaged, index, log);
        Parallel.ForEach(directory.Shards(), parallel, name => done(audit.Run(name, parallel.CancellationToken)));
        index.Finish();
        return audit;
    }

    private void NoteLeftovers(ShardAudit shards, CheckLog log)
    {
        foreach (var path in directory.Leftovers())
        {
            log.Note($"{Path.GetRelativePath(storeDirectory, path)} is not part of the store");
        }

        foreach (var xorb in directory.Xorbs())
        {
            if (!shards.IsNamed(xorb))
            {
                log.Note($"xorb {xorb} is not named by any shard; nfsgw store gc deletes it");
            }
        }
    }

    /// <summary>By the index as the next start will have it.</summary>
    private long CheckTree(ShardAudit found, DamagedXorbs damaged, ParallelOptions parallel, CheckLog log)
    {
        using var index = IndexRecovery.Open(Path.Join(storeDirectory, StoreLayout.Index), directory, logger);
        using var shards = new LeaseCache<MerkleHash, OpenShard>(
            name => OpenShard.Reopen(directory.Open(directory.PathOfShard(name))), OpenShardsMax);
        var tree = new TreeAudit(index, shards, found, damaged, log);
        tree.Run(Path.Join(storeDirectory, StoreLayout.Tree), parallel);
        return tree.Entries;
    }
}
