using System.Text;
using Cas.Client.Formats;
using Cas.Client.Sqlite;
using Microsoft.Data.Sqlite;

namespace Cas.Client.Backends.Local.Upkeep;

/// <summary>
/// Whether the content of each file of the tree is there, whole and as long as the tree says; after xorbs and shards
/// were checked.
/// </summary>
internal sealed class TreeAudit(
    ContentIndex index, LeaseCache<MerkleHash, OpenShard> shards, ShardAudit found, DamagedXorbs damaged, CheckLog log)
{
    private const int EntriesPerPage = 4096;

    /// <summary>Entries that were looked at.</summary>
    public long Entries { get; private set; }

    public void Run(string path, ParallelOptions parallel)
    {
        try
        {
            Databases.Verify(path);
            using var reader = new TreeReader(SystemSqlite.Open(path, SqliteOpenMode.ReadWrite));
            foreach (var page in reader.Pages(EntriesPerPage))
            {
                Entries += page.Count;
                Parallel.ForEach(page, parallel, Check);
            }
        }
        catch (Exception e) when (IoErrorMap.Covers(e) && IoErrorMap.Map(e) == CasError.Corrupt)
        {
            log.Damage($"tree.db is damaged after {Entries} entries: {e.Message}");
        }
    }

    private void Check(TreeItem item)
    {
        if (item.Entry.Kind == TreeEntryKind.File && ProblemOf(item.Entry.Content) is { } problem)
        {
            log.Damage($"/{Encoding.UTF8.GetString(item.Path.Span)}: {problem}");
        }
    }

    private string? ProblemOf(ContentId content)
    {
        if (content.Hash == MerkleHash.Zero || content.Size == 0)
        {
            return content == ContentId.Empty ? null : $"{content.Size} bytes of {content.Hash} cannot be";
        }

        try
        {
            return index.FindFile(content.Hash) is { } row
                ? ProblemOf(content, row.Shard, row.RecordIndex)
                : $"its content {content.Hash} is not in the store";
        }
        catch (Exception e) when (IoErrorMap.Covers(e))
        {
            return $"its content {content.Hash} cannot be found: {e.Message}";
        }
    }

    private string? ProblemOf(ContentId content, MerkleHash shard, long recordIndex)
    {
        if (found.IsDamaged(shard))
        {
            return $"shard {shard}, which says how its content {content.Hash} is made, is damaged";
        }

        if (found.IsWrong(shard, recordIndex))
        {
            return $"its content {content.Hash} is damaged in shard {shard}";
        }

        using var lease = shards.Borrow(shard);
        var file = lease.Value.ReadFile(content.Hash, recordIndex);
        if (file.Length != content.Size)
        {
            return $"its content {content.Hash} is {file.Length} bytes long instead of {content.Size}";
        }

        var hurt = Array.FindIndex(file.Terms, damaged.IsHurt);
        return hurt < 0 ? null : $"its content {content.Hash} needs damaged chunks of xorb {file.Terms[hurt].Xorb}";
    }
}
