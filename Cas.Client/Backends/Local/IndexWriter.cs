using Cas.Client.Shards;
using Microsoft.Data.Sqlite;

namespace Cas.Client.Backends.Local;

/// <summary>Changes of the index, each a transaction. Used by one thread at a time.</summary>
internal sealed class IndexWriter : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly SqliteCommand _addShard;
    private readonly SqliteCommand _addXorb;
    private readonly SqliteCommand _addChunk;
    private readonly SqliteCommand _addFile;
    private readonly SqliteCommand _addNewFile;

    /// <summary>Owns the connection.</summary>
    public IndexWriter(SqliteConnection connection)
    {
        _connection = connection;
        _addShard = connection.Compile(
            "INSERT INTO shard (hash) VALUES (@hash) ON CONFLICT DO UPDATE SET hash = hash RETURNING id", "@hash");
        _addXorb = connection.Compile(
            "INSERT INTO xorb (hash) VALUES (@hash) ON CONFLICT DO NOTHING RETURNING id", "@hash");
        _addChunk = connection.Compile(
            "INSERT OR REPLACE INTO chunk (key, xorb, place) VALUES (@key, @xorb, @place)", "@key", "@xorb", "@place");
        _addFile = connection.Compile(
            "INSERT OR REPLACE INTO file (hash, shard, record) VALUES (@hash, @shard, @record)",
            "@hash", "@shard", "@record");
        _addNewFile = connection.Compile(
            "INSERT OR IGNORE INTO file (hash, shard, record) VALUES (@hash, @shard, @record)",
            "@hash", "@shard", "@record");
    }

    public void AddXorb(MerkleHash xorb, ReadOnlySpan<MerkleHash> chunks)
    {
        using var transaction = Begin();
        if (TryAddXorb(xorb) is { } id)
        {
            AddChunks(chunks, id);
        }

        transaction.Commit();
    }

    public void AddShard(MerkleHash name, ShardReader shard, bool older)
    {
        using var transaction = Begin();
        _addShard.Parameters[0].Value = name.ToBytes();
        var shardId = _addShard.ExecuteScalar() is long id
            ? id
            : throw new CasException(CasError.Corrupt, "the index gives a shard no number");
        foreach (var entry in shard.Xorbs())
        {
            if (TryAddXorb(entry.Hash) is { } xorbId)
            {
                AddChunks(Array.ConvertAll(shard.ReadXorb(entry).Chunks, chunk => chunk.Hash), xorbId);
            }
        }

        var addFile = older ? _addNewFile : _addFile;
        foreach (var entry in shard.Files())
        {
            addFile.Parameters[0].Value = entry.Hash.ToBytes();
            addFile.Parameters[1].Value = shardId;
            addFile.Parameters[2].Value = entry.RecordIndex;
            addFile.ExecuteNonQuery();
        }

        transaction.Commit();
    }

    /// <summary>Forgets all other shards and xorbs, and what they say; on stable storage when it returns.</summary>
    public void Keep(Func<MerkleHash, bool> isShardKept, Func<MerkleHash, bool> isXorbKept)
    {
        using (var transaction = Begin())
        {
            Remove(transaction, "shard", "file", isShardKept);
            Remove(transaction, "xorb", "chunk", isXorbKept);
            transaction.Commit();
        }

        // A commit alone does not survive a power cut here.
        using var checkpoint = _connection.CreateCommand();
        checkpoint.CommandText = "PRAGMA wal_checkpoint(TRUNCATE)";
        if (checkpoint.ExecuteScalar() is not 0L)
        {
            throw new CasException(CasError.Unreachable, "another process reads the index");
        }
    }

    public void Dispose()
    {
        _addShard.Dispose();
        _addXorb.Dispose();
        _addChunk.Dispose();
        _addFile.Dispose();
        _addNewFile.Dispose();
        _connection.Dispose();
    }

    private SqliteTransaction Begin()
    {
        var transaction = _connection.BeginTransaction();
        foreach (var command in (ReadOnlySpan<SqliteCommand>)[_addShard, _addXorb, _addChunk, _addFile, _addNewFile])
        {
            command.Transaction = transaction;
        }

        return transaction;
    }

    /// <summary>Deletes the rows of a table that are not kept, and the rows of another one that name them.</summary>
    private void Remove(SqliteTransaction transaction, string table, string below, Func<MerkleHash, bool> isKept)
    {
        using var command = _connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = "CREATE TEMP TABLE gone (id INTEGER PRIMARY KEY)";
        command.ExecuteNonQuery();
        foreach (var id in IdsOf(transaction, table, isKept))
        {
            command.CommandText = $"INSERT INTO gone VALUES ({id})";
            command.ExecuteNonQuery();
        }

        command.CommandText =
            $"DELETE FROM {below} WHERE {table} IN (SELECT id FROM gone); " +
            $"DELETE FROM {table} WHERE id IN (SELECT id FROM gone); DROP TABLE gone;";
        command.ExecuteNonQuery();
    }

    private List<long> IdsOf(SqliteTransaction transaction, string table, Func<MerkleHash, bool> isKept)
    {
        using var command = _connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = $"SELECT id, hash FROM {table}";
        using var rows = command.ExecuteReader();
        var ids = new List<long>();
        while (rows.Read())
        {
            if (!isKept(MerkleHash.Read(rows.GetFieldValue<byte[]>(1))))
            {
                ids.Add(rows.GetInt64(0));
            }
        }

        return ids;
    }

    /// <summary>The number of a new xorb; null if it is known, and its chunks with it.</summary>
    private long? TryAddXorb(MerkleHash xorb)
    {
        _addXorb.Parameters[0].Value = xorb.ToBytes();
        return _addXorb.ExecuteScalar() as long?;
    }

    private void AddChunks(ReadOnlySpan<MerkleHash> chunks, long xorbId)
    {
        var rows = new (long Key, int Place)[chunks.Length];
        for (var i = 0; i < chunks.Length; i++)
        {
            rows[i] = ((long)chunks[i].A, i);
        }

        // In the order of the table, so that each of its pages is met once. Of copies the first is found later: the
        // others go on from there.
        Array.Sort(rows, (a, b) => a.Key != b.Key ? a.Key.CompareTo(b.Key) : b.Place.CompareTo(a.Place));
        _addChunk.Parameters[1].Value = xorbId;
        foreach (var (key, place) in rows)
        {
            _addChunk.Parameters[0].Value = key;
            _addChunk.Parameters[2].Value = place;
            _addChunk.ExecuteNonQuery();
        }
    }
}
