using Cas.Client.Sqlite;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace Cas.Client.Backends.Local.Upkeep;

/// <summary>
/// Deletes what nobody needs, by mark and sweep over whole files: entries leave their shards by being left out of new
/// ones, a xorb goes when none of its chunks is needed. The order makes every moment a good one to be killed at:
/// <code>
/// 1. new shards     on stable storage; from now on everything that is needed is in a shard that stays
/// 2. the index      forgets the old shards and the dead xorbs, on stable storage
/// 3. old shards     deleted, on stable storage; if only some were, the rest is taken into the index again at the next
///                   start, as what it was: old entries of files that nobody needs
/// 4. dead xorbs     deleted: no shard names them any more
/// </code>
/// </summary>
internal sealed class StoreSweep(
    string storeDirectory, ContentDirectory directory, TimeProvider time, ILogger logger)
{
    /// <summary>Shards shorter than this are put together.</summary>
    private const int SmallBytes = ShardMover.BytesTarget / 2;

    public SweepSummary Run(SweepRequest request, CancellationToken cancellationToken)
    {
        var treePath = Path.Join(storeDirectory, StoreLayout.Tree);
        var register = new StateRegister(treePath);
        var states = register.All().Where(state => !request.ForgottenStates.Contains(state.Id)).ToList();
        using var index = IndexRecovery.Open(Path.Join(storeDirectory, StoreLayout.Index), directory, logger);
        var roots = new SweepRoots(directory, index, StoreAge.YoungAfter(request.Keep, time));
        var shards = roots.ReadShards();
        var live = new LiveFiles(shards.Sum(shard => shard.Files));
        using (var tree = new TreeReader(SystemSqlite.Open(treePath, SqliteOpenMode.ReadWrite)))
        {
            roots.AddTree(live, tree);
        }

        states.ForEach(state => request.ReadState(state, content => live.Add(content.Hash)));

        roots.AddYoung(live, shards);
        using var mark = new SweepMark(directory, index, live);
        Decide(shards, mark, cancellationToken);
        var dead = directory.Xorbs().Where(xorb => !mark.IsLive(xorb)).ToList();
        var mover = new ShardMover(
            directory, new ShardPublisher(directory, index, time), mark);
        var summary = Count(shards, dead);
        if (request.IsDryRun)
        {
            return summary;
        }

        directory.RemoveLeftovers();
        foreach (var shard in shards.Where(shard => shard.IsReplaced).OrderBy(shard => shard.WrittenAt))
        {
            cancellationToken.ThrowIfCancellationRequested();
            mover.Move(shard);
        }

        mover.Flush();
        var old = shards.Where(shard => shard.IsReplaced && !mover.Written.Contains(shard.Name))
            .Select(shard => shard.Name).ToHashSet();
        index.Keep(shard => !old.Contains(shard), mark.IsLive);
        Delete(old, dead);
        register.Remove(request.ForgottenStates);
        return summary with
        {
            ShardsWritten = mover.Written.Count, BytesFreed = summary.BytesFreed - mover.Bytes,
        };
    }

    private static void Decide(List<SweepShard> shards, SweepMark mark, CancellationToken cancellationToken)
    {
        foreach (var shard in shards)
        {
            cancellationToken.ThrowIfCancellationRequested();
            mark.Mark(shard);
        }

        foreach (var shard in shards.Where(shard => !shard.IsYoung))
        {
            shard.IsReplaced = shard.LiveFiles < shard.Files || mark.HasDeadXorbs(shard);
        }

        // A small one alone would only be copied.
        var small = shards.Where(shard => !shard.IsYoung && shard.Bytes < SmallBytes).ToList();
        if (small.Count > 1)
        {
            small.ForEach(shard => shard.IsReplaced = true);
        }
    }

    private SweepSummary Count(List<SweepShard> shards, List<MerkleHash> dead)
    {
        var old = shards.Where(shard => shard.IsReplaced).ToList();
        return new SweepSummary
        {
            XorbsDeleted = dead.Count,
            ShardsDeleted = old.Count,
            FilesForgotten = old.Sum(shard => shard.Files - shard.LiveFiles),
            BytesFreed = old.Sum(shard => shard.Bytes)
                + dead.Sum(xorb => new FileInfo(directory.PathOfXorb(xorb)).Length),
        };
    }

    private void Delete(IEnumerable<MerkleHash> shards, IEnumerable<MerkleHash> xorbs)
    {
        foreach (var shard in shards)
        {
            directory.DeleteShard(shard);
        }

        directory.SyncShards();
        foreach (var xorb in xorbs)
        {
            directory.DeleteXorb(xorb);
        }
    }
}
