using Cas.Client.Hashing;
using Cas.Client.Shards;
using Cas.Client.Sqlite;
using Cas.Client.Transfer;
using Microsoft.Data.Sqlite;

namespace Cas.Client.Backends.Local;

/// <summary>
/// Finds files and chunks without reading shards. Everything in it comes out of the shards and is made anew from them:
/// a power cut may take its last rows, never more. May be used from several threads at once; blocks on the disk.
/// </summary>
internal sealed class ContentIndex : IDisposable
{
    /// <summary>
    /// Pages that each of the two connections keeps. Enough for the inner pages of some 100 million chunks and for what
    /// one xorb changes; leaves are found at random and stay in the system's cache.
    /// </summary>
    private const int CacheKibMax = 16 << 10;

    /// <summary>Pages of the log before they go to their places: fewer and longer turns than the usual 1,000.</summary>
    private const int WalPagesMax = 4096;

    private readonly Lock _reading = new(); // Guards the reader's statements.
    private readonly Lock _writing = new(); // Guards the writer.
    private readonly SqliteConnection _reader;
    private readonly SqliteCommand _findFile;
    private readonly SqliteCommand _findChunk;
    private readonly SqliteCommand _hold;
    private readonly IndexWriter _writer;
    private bool _isClosed; // Written under both, read under either.

    private ContentIndex(SqliteConnection reader, SqliteConnection writer)
    {
        _reader = reader;
        _findFile = reader.Compile(
            "SELECT s.hash, f.record FROM file f JOIN shard s ON s.id = f.shard WHERE f.hash = @hash", "@hash");
        _findChunk = reader.Compile(
            "SELECT x.hash, c.place FROM chunk c JOIN xorb x ON x.id = c.xorb WHERE c.key = @key", "@key");
        _hold = reader.Compile("SELECT 1 FROM sqlite_schema");
        _writer = new IndexWriter(writer);
    }

    /// <summary>Opens the index, makes it if there is none. Throws what <see cref="IoErrorMap"/> covers.</summary>
    public static ContentIndex Open(string path)
    {
        // A commit that a power cut takes back is made again out of the shards, so nothing waits for a sync.
        var writer = Connect(path, $"PRAGMA synchronous=NORMAL; PRAGMA wal_autocheckpoint={WalPagesMax};");
        try
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            writer.Execute(IndexSchema.Create);
            return new ContentIndex(Connect(path, string.Empty), writer);
        }
        catch
        {
            writer.Dispose();
            throw;
        }
    }

    /// <summary>The shard that says how a file is made, and the record where its entry starts.</summary>
    public (MerkleHash Shard, long RecordIndex)? FindFile(MerkleHash file)
    {
        lock (_reading)
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            return FindLocked(_findFile, file.ToBytes());
        }
    }

    /// <summary>Where a chunk may be: the hash has to be compared.</summary>
    public ChunkPlace? FindChunk(MerkleHash chunk)
    {
        lock (_reading)
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            return FindChunkLocked(chunk);
        }
    }

    /// <summary>Where chunks may be: the hashes have to be compared. Null for those that it does not know.</summary>
    public void FindChunks(ReadOnlySpan<MerkleNode> chunks, Span<ChunkPlace?> places)
    {
        lock (_reading)
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);

            // While a statement runs, others take and release no locks of the database.
            using var held = _hold.ExecuteReader();
            for (var i = 0; i < chunks.Length; i++)
            {
                places[i] = FindChunkLocked(chunks[i].Hash);
            }
        }
    }

    /// <summary>Adds a xorb that is on stable storage.</summary>
    public void AddXorb(MerkleHash xorb, ReadOnlySpan<MerkleHash> chunks)
    {
        lock (_writing)
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            _writer.AddXorb(xorb, chunks);
        }
    }

    /// <summary>
    /// Adds what a shard on stable storage says. One that is <paramref name="older"/> than what the index has tells of
    /// files that it does not know, and nothing new of others.
    /// </summary>
    public void AddShard(MerkleHash name, ShardReader shard, bool older = false)
    {
        lock (_writing)
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            _writer.AddShard(name, shard, older);
        }
    }

    /// <summary>
    /// Forgets all other shards and xorbs, on stable storage: they can be deleted then, and do not come back.
    /// </summary>
    public void Keep(Func<MerkleHash, bool> isShardKept, Func<MerkleHash, bool> isXorbKept)
    {
        lock (_writing)
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            _writer.Keep(isShardKept, isXorbKept);
        }
    }

    /// <summary>Names of all shards that are in it.</summary>
    public HashSet<MerkleHash> Shards()
    {
        lock (_reading)
        {
            using var command = _reader.Compile("SELECT hash FROM shard");
            using var rows = command.ExecuteReader();
            var names = new HashSet<MerkleHash>();
            while (rows.Read())
            {
                names.Add(HashIn(rows));
            }

            return names;
        }
    }

    public void Dispose()
    {
        lock (_writing)
        {
            lock (_reading)
            {
                if (!_isClosed)
                {
                    _isClosed = true;
                    _findFile.Dispose();
                    _findChunk.Dispose();
                    _hold.Dispose();
                    _reader.Dispose();
                    _writer.Dispose();
                }
            }
        }
    }

    private static SqliteConnection Connect(string path, string settings)
    {
        var connection = SystemSqlite.Open(path);
        try
        {
            connection.Execute($"{settings} PRAGMA cache_size=-{CacheKibMax}");
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private ChunkPlace? FindChunkLocked(MerkleHash chunk) =>
        FindLocked(_findChunk, (long)chunk.A) is { } row ? new ChunkPlace(row.Hash, (uint)row.Number) : null;

    private static (MerkleHash Hash, long Number)? FindLocked(SqliteCommand command, object key)
    {
        command.Parameters[0].Value = key;
        using var rows = command.ExecuteReader();
        return rows.Read()
            ? (HashIn(rows), rows.GetValue(1) is long number ? number : throw Damaged())
            : null;
    }

    // SQLite keeps any type in any column: what a damaged page gives is not what the schema says.
    private static MerkleHash HashIn(SqliteDataReader rows) =>
        rows.GetValue(0) is byte[] { Length: MerkleHash.Bytes } hash ? MerkleHash.Read(hash) : throw Damaged();

    private static CasException Damaged() => new(CasError.Corrupt, "the index holds a value of a wrong type");
}
