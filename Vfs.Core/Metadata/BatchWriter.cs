using Microsoft.Data.Sqlite;

namespace Vfs.Core.Metadata;

/// <summary>Writes one batch in one transaction. Used by the group commit's thread alone.</summary>
internal sealed class BatchWriter : IDisposable
{
    /// <summary>
    /// Requests kept for retransmissions after a restart. A crash leaves unanswered what is in flight: all that 128
    /// connections may have.
    /// </summary>
    public const long RequestsKept = 16384;

    private readonly List<Statement> _all = [];
    private readonly SqliteConnection _connection;
    private readonly Statement _begin;
    private readonly Statement _commit;
    private readonly Statement _putInode;
    private readonly Statement _dropInode;
    private readonly Statement _dropContent;
    private readonly Statement _dropLog;
    private readonly Statement _putDentry;
    private readonly Statement _dropDentry;
    private readonly Statement _putContent;
    private readonly Statement _sizeContent;
    private readonly Statement _putLog;
    private readonly Statement _putNameMark;
    private readonly Statement _dropNameMark;
    private readonly Statement _putInodeMark;
    private readonly Statement _dropInodeMark;
    private readonly Statement _putRemote;
    private readonly Statement _dropRemote;
    private readonly Statement _putSending;
    private readonly Statement _dropSending;
    private readonly Statement _putRequest;
    private readonly Statement _dropRequests;
    private readonly Statement _putSetting;
    private long _lastRequest;

    public BatchWriter(SqliteConnection connection, long lastRequest)
    {
        _connection = connection;
        _lastRequest = lastRequest;
        _begin = Prepare("BEGIN IMMEDIATE");
        _commit = Prepare("COMMIT");
        _putInode = Prepare("INSERT OR REPLACE INTO inode VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15)");
        _dropInode = Prepare("DELETE FROM inode WHERE id=?1");
        _dropContent = Prepare("DELETE FROM content WHERE inode=?1");
        _dropLog = Prepare("DELETE FROM content_log WHERE inode=?1");
        _putDentry = Prepare("INSERT OR REPLACE INTO dentry(dir,name,inode,cookie) VALUES(?1,?2,?3,?4)");
        _dropDentry = Prepare("DELETE FROM dentry WHERE dir=?1 AND name=?2");
        _putContent = Prepare("INSERT OR REPLACE INTO content VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9)");
        _sizeContent = Prepare("UPDATE content SET size=?2 WHERE inode=?1");
        _putLog = Prepare("INSERT INTO content_log VALUES(?1,?2,?3,?4)");
        _putNameMark = Prepare("INSERT INTO unsynced_name VALUES(?1,?2,?3) ON CONFLICT DO UPDATE SET subtree=max(subtree,?3)");
        _dropNameMark = Prepare("DELETE FROM unsynced_name WHERE dir=?1 AND name=?2");
        _putInodeMark = Prepare("INSERT OR IGNORE INTO unsynced_inode VALUES(?1)");
        _dropInodeMark = Prepare("DELETE FROM unsynced_inode WHERE inode=?1");
        _putRemote = Prepare("INSERT OR REPLACE INTO remote VALUES(?1,?2,?3)");
        _dropRemote = Prepare("DELETE FROM remote WHERE path=?1");
        _putSending = Prepare("INSERT OR IGNORE INTO sending VALUES(?1,?2)");
        _dropSending = Prepare("DELETE FROM sending WHERE path=?1");
        _putRequest = Prepare("INSERT INTO request VALUES(?1,?2,?3,?4,?5)");
        _dropRequests = Prepare("DELETE FROM request WHERE seq<=?1");
        _putSetting = Prepare("INSERT OR REPLACE INTO meta VALUES(?1,?2)");
    }

    /// <summary>Makes the batch durable or throws and leaves the database as it was.</summary>
    public void Write(Batch batch)
    {
        _begin.Run();
        try
        {
            WriteNamespace(batch);
            WriteContents(batch);
            WriteSync(batch);
            WriteRequests(batch);
            foreach (var (key, value) in batch.Settings)
            {
                WriteSetting(key, value);
            }

            _commit.Run();
        }
        catch
        {
            Rollback();
            throw;
        }
    }

    public void Dispose()
    {
        foreach (var statement in _all)
        {
            statement.Close();
        }
    }

    private Statement Prepare(string sql)
    {
        var statement = new Statement(_connection, sql);
        _all.Add(statement);
        return statement;
    }

    private void WriteNamespace(Batch batch)
    {
        foreach (var row in batch.Rows)
        {
            if (row.LinkCount == 0)
            {
                _dropInode.Bind(1, row.Id).Run();
                if (row.Type == InodeType.Regular)
                {
                    _dropContent.Bind(1, row.Id).Run();
                    _dropLog.Bind(1, row.Id).Run();
                }

                continue;
            }

            _putInode.Bind(1, row.Id).Bind(2, (long)row.Type).Bind(3, row.Mode).Bind(4, row.Uid).Bind(5, row.Gid)
                .Bind(6, row.LinkCount).Bind(7, row.Major).Bind(8, row.Minor).Bind(9, row.Atime).Bind(10, row.Mtime)
                .Bind(11, row.Ctime).Bind(12, row.Parent).Bind(13, row.Name.AsSpan()).Bind(14, row.Target.AsSpan())
                .Bind(15, row.Verifier).Run();
        }

        foreach (var dentry in batch.Dentries)
        {
            if (dentry.Inode == default)
            {
                _dropDentry.Bind(1, dentry.Directory).Bind(2, dentry.Name.AsSpan()).Run();
            }
            else
            {
                _putDentry.Bind(1, dentry.Directory).Bind(2, dentry.Name.AsSpan()).Bind(3, dentry.Inode)
                    .Bind(4, dentry.Cookie).Run();
            }
        }
    }

    private void WriteContents(Batch batch)
    {
        // Rows of removed files were dropped above; a commit that was on its way must not bring them back.
        var removed = batch.Rows.Where(row => row.LinkCount == 0).Select(row => row.Id).ToHashSet();
        foreach (var content in batch.Contents)
        {
            if (content is ContentRow row && !removed.Contains(row.Inode))
            {
                WriteContentRow(row);
            }
            else if (content is ContentAppend append && !removed.Contains(append.Inode))
            {
                WriteContentAppend(append);
            }
        }
    }

    private void WriteContentRow(ContentRow row)
    {
        _putContent.Bind(1, row.Inode).Bind(2, row.Size).Bind(3, row.Base.Hash.ToBytes().AsSpan())
            .Bind(4, row.Base.Size).Bind(5, row.Epoch).Bind(6, row.IsTrusted ? 1L : 0L).Bind(7, row.HeldBytes)
            .Bind(8, row.Coverage.AsSpan()).Bind(9, row.Dirty.AsSpan()).Run();
        _dropLog.Bind(1, row.Inode).Run();
    }

    private void WriteContentAppend(ContentAppend append)
    {
        _sizeContent.Bind(1, append.Inode).Bind(2, append.Size).Run();
        var sequence = append.FirstSequence;
        foreach (var range in append.Dirty)
        {
            _putLog.Bind(1, append.Inode).Bind(2, sequence++).Bind(3, range.Start).Bind(4, range.End).Run();
        }
    }

    private void WriteSync(Batch batch)
    {
        foreach (var mark in batch.Marks)
        {
            if (mark.Name is { } name)
            {
                var statement = mark.IsSet ? _putNameMark.Bind(3, mark.IsSubtree ? 1L : 0L) : _dropNameMark;
                statement.Bind(1, mark.Inode).Bind(2, name.AsSpan()).Run();
            }
            else
            {
                (mark.IsSet ? _putInodeMark : _dropInodeMark).Bind(1, mark.Inode).Run();
            }
        }

        foreach (var remote in batch.Remotes)
        {
            if (!remote.KeepsNotes)
            {
                _dropSending.Bind(1, remote.Path.AsSpan()).Run();
            }

            if (remote.Entry is { } entry)
            {
                _putRemote.Bind(1, remote.Path.AsSpan()).Bind(2, remote.Version.Value).Bind(3, entry.AsSpan()).Run();
            }
            else
            {
                _dropRemote.Bind(1, remote.Path.AsSpan()).Run();
            }
        }

        // After what is known: the next commit of a path may be noted in the batch that records the one before.
        foreach (var sending in batch.Sendings)
        {
            _putSending.Bind(1, sending.Path.AsSpan()).Bind(2, sending.Entry.AsSpan()).Run();
        }
    }

    private void WriteRequests(Batch batch)
    {
        Span<byte> bytes = stackalloc byte[RequestOutcomeCodec.BytesMax];
        foreach (var (key, time, outcome) in batch.Requests)
        {
            var length = RequestOutcomeCodec.Write(bytes, outcome);
            _putRequest.Bind(1, ++_lastRequest).Bind(2, key.High).Bind(3, key.Low).Bind(4, time)
                .Bind(5, bytes[..length]).Run();
        }

        if (batch.Requests.Count > 0)
        {
            _dropRequests.Bind(1, _lastRequest - RequestsKept).Run();
        }
    }

    private void WriteSetting(string key, object value)
    {
        _putSetting.BindText(1, key);
        if (value is ulong number)
        {
            _putSetting.Bind(2, number);
        }
        else
        {
            _putSetting.BindText(2, (string)value);
        }

        _putSetting.Run();
    }

    private void Rollback()
    {
        // SQLite may have rolled back by itself already (a full disk does that); then there is nothing to end.
        using var rollback = _connection.CreateCommand();
        rollback.CommandText = "ROLLBACK";
        try
        {
            rollback.ExecuteNonQuery();
        }
        catch (SqliteException)
        {
        }
    }
}
