using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using SQLitePCL;

namespace Cas.Client.Backends.Local;

/// <summary>Opens the index and brings it up to the shards, which are the truth.</summary>
internal static class IndexRecovery
{
    /// <summary>
    /// Opens the index. One that is missing or damaged is made anew; shards that it does not know are added, in the
    /// order in which they were written. Throws what <see cref="IoErrorMap"/> covers.
    /// </summary>
    public static ContentIndex Open(string path, ContentDirectory directory, ILogger logger)
    {
        try
        {
            return OpenAndCatchUp(path, directory, logger);
        }
        catch (Exception e) when (IsDamage(e))
        {
            logger.IndexDamaged(path, e.Message);
            foreach (var suffix in (ReadOnlySpan<string>)["", "-wal", "-shm", "-journal"])
            {
                File.Delete(path + suffix);
            }

            return OpenAndCatchUp(path, directory, logger);
        }
    }

    /// <summary>
    /// Whether the index is to blame, and not the disk below it. A damaged schema makes statements that are in error.
    /// </summary>
    private static bool IsDamage(Exception exception) => exception switch
    {
        SqliteException sqlite => sqlite.SqliteErrorCode
            is raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB or raw.SQLITE_ERROR,
        _ => exception is CasException { Error: CasError.Corrupt },
    };

    private static ContentIndex OpenAndCatchUp(string path, ContentDirectory directory, ILogger logger)
    {
        var index = ContentIndex.Open(path);
        try
        {
            CatchUp(index, directory, logger);
            return index;
        }
        catch
        {
            index.Dispose();
            throw;
        }
    }

    private static void CatchUp(ContentIndex index, ContentDirectory directory, ILogger logger)
    {
        var known = index.Shards();
        var missing = directory.Shards().Where(name => !known.Contains(name)).ToList();
        if (missing.Count == 0)
        {
            return;
        }

        // A later shard may say where a file lies now because its first place was damaged; shards that are on their way
        // out are older than what has taken their place.
        var newest = known.Select(directory.ShardWrittenAt).DefaultIfEmpty(DateTime.MinValue).Max();
        var inOrder = missing.Select(name => (Name: name, WrittenAt: directory.ShardWrittenAt(name)));
        foreach (var (name, writtenAt) in inOrder.OrderBy(shard => shard.WrittenAt))
        {
            try
            {
                using var shard = OpenShard.Open(directory.Open(directory.PathOfShard(name)), name);
                index.AddShard(name, shard.Reader, older: writtenAt <= newest);
            }
            catch (CasException e) when (e.Error == CasError.Corrupt)
            {
                // Its files are missing, all others are not: the store stays open for them.
                logger.ShardDamaged(name, e.Message);
            }
        }

        logger.IndexCaughtUp(missing.Count);
    }
}
