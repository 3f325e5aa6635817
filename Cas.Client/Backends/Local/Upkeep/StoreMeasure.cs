using System.Collections;
using Cas.Client.Shards;
using Cas.Client.Sqlite;
using Microsoft.Data.Sqlite;

namespace Cas.Client.Backends.Local.Upkeep;

/// <summary>
/// Counts what a store holds without reading a xorb. Memory: a bit for each chunk, some bytes for each xorb.
/// </summary>
internal sealed class StoreMeasure(string storeDirectory, ContentDirectory directory)
{
    private const int EntriesPerPage = 4096;

    private readonly Dictionary<MerkleHash, BitArray> _needed = [];

    public StoreStatistics Run(CancellationToken cancellationToken)
    {
        var shards = directory.Shards().ToList();
        var contents = 0L;
        Each(shards, cancellationToken, shard => contents += ListXorbs(shard));
        var live = new LiveFiles(contents);
        var statistics = ReadTree(live, cancellationToken);
        Each(shards, cancellationToken, shard => MarkChunks(shard, live));
        var chunks = _needed.Values.Sum(needed => (long)needed.Count);
        Each(shards, cancellationToken, shard => statistics = Add(statistics, shard));
        return statistics with
        {
            Contents = contents,
            Shards = shards.Count,
            Chunks = chunks,
            StoredBytes = directory.MeasureBytes(),
        };
    }

    private void Each(List<MerkleHash> shards, CancellationToken cancellationToken, Action<ShardReader> use)
    {
        foreach (var name in shards)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var shard = OpenShard.Reopen(directory.Open(directory.PathOfShard(name)));
            use(shard.Reader);
        }
    }

    /// <summary>Notes the xorbs; how many files there are.</summary>
    private long ListXorbs(ShardReader shard)
    {
        foreach (var xorb in shard.Xorbs())
        {
            _needed.TryAdd(xorb.Hash, new BitArray(xorb.ItemCount));
        }

        return shard.Files().LongCount();
    }

    private StoreStatistics ReadTree(LiveFiles live, CancellationToken cancellationToken)
    {
        using var tree = new TreeReader(
            SystemSqlite.Open(Path.Join(storeDirectory, StoreLayout.Tree), SqliteOpenMode.ReadOnly));
        var (files, bytes) = (0L, 0UL);
        foreach (var page in tree.Pages(EntriesPerPage))
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (var item in page.Where(item => item.Entry.Kind == TreeEntryKind.File))
            {
                files++;
                bytes += item.Entry.Content.Size;
                live.Add(item.Entry.Content.Hash);
            }
        }

        return new StoreStatistics { TreeFiles = files, LogicalBytes = bytes };
    }

    private void MarkChunks(ShardReader shard, LiveFiles live)
    {
        foreach (var entry in shard.Files())
        {
            if (!live.MayHave(entry.Hash))
            {
                continue;
            }

            foreach (var term in shard.ReadFile(entry).Terms)
            {
                if (_needed.TryGetValue(term.Xorb, out var needed))
                {
                    for (var i = (int)term.ChunkStart; i < term.ChunkEnd && i < needed.Count; i++)
                    {
                        needed[i] = true;
                    }
                }
            }
        }
    }

    /// <summary>Adds the xorbs of a shard, each the first time that it is seen.</summary>
    private StoreStatistics Add(StoreStatistics sum, ShardReader shard)
    {
        foreach (var entry in shard.Xorbs())
        {
            if (!_needed.Remove(entry.Hash, out var needed))
            {
                continue;
            }

            var xorb = shard.ReadXorb(entry);
            var unneeded = xorb.Chunks.Where((_, i) => i < needed.Count && !needed[i]).Sum(chunk => (long)chunk.Length);
            sum = sum with
            {
                Xorbs = sum.Xorbs + 1,
                UniqueBytes = sum.UniqueBytes + xorb.Length,
                UnneededBytes = sum.UnneededBytes + (ulong)unneeded,
                UnneededBytesInMixedXorbs =
                    sum.UnneededBytesInMixedXorbs + (needed.HasAnySet() ? (ulong)unneeded : 0),
            };
        }

        return sum;
    }
}
