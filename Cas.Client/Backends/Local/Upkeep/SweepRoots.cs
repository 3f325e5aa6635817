using System.Text;

namespace Cas.Client.Backends.Local.Upkeep;

/// <summary>Finds out which files are needed. Anything that is not as it should be ends the sweep.</summary>
internal sealed class SweepRoots(ContentDirectory directory, ContentIndex index, DateTime youngAfter)
{
    private const int EntriesPerPage = 4096;

    /// <summary>
    /// Compares every shard with its name; a shard that cannot be read may name anything. Returns them with their age.
    /// </summary>
    public List<SweepShard> ReadShards()
    {
        foreach (var name in index.Shards())
        {
            if (!File.Exists(directory.PathOfShard(name)))
            {
                throw Damaged($"shard {name} is not there, and the index names it");
            }
        }

        var shards = new List<SweepShard>();
        foreach (var name in directory.Shards())
        {
            using var shard = OpenShard.Open(directory.Open(directory.PathOfShard(name)), name);
            var writtenAt = directory.ShardWrittenAt(name);
            shards.Add(new SweepShard(name, shard.Bytes.Length, writtenAt, writtenAt > youngAfter)
            {
                Files = shard.Reader.Files().LongCount(),
            });
        }

        return shards;
    }

    /// <summary>Adds what the tree names; all of it has to be there.</summary>
    public void AddTree(LiveFiles live, TreeReader tree)
    {
        foreach (var item in tree.Pages(EntriesPerPage).SelectMany(page => page))
        {
            var hash = item.Entry.Content.Hash;
            if (item.Entry.Kind != TreeEntryKind.File || hash == MerkleHash.Zero)
            {
                continue;
            }

            if (index.FindFile(hash) is null)
            {
                throw Damaged($"the content {hash} of /{Encoding.UTF8.GetString(item.Path.Span)} is not there");
            }

            live.Add(hash);
        }
    }

    /// <summary>Adds the files of young shards, wherever else they are made too.</summary>
    public void AddYoung(LiveFiles live, IEnumerable<SweepShard> shards)
    {
        foreach (var young in shards.Where(shard => shard.IsYoung))
        {
            using var shard = OpenShard.Reopen(directory.Open(directory.PathOfShard(young.Name)));
            foreach (var entry in shard.Reader.Files())
            {
                live.Add(entry.Hash);
            }
        }
    }

    private static CasException Damaged(string problem) =>
        new(CasError.Corrupt, $"{problem}; nfsgw store check tells more, and a damaged store is not swept");
}
