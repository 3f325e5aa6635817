using Cas.Client;
using Microsoft.Data.Sqlite;
using Vfs.Core.Namespace;
using Vfs.Core.Ranges;

namespace Vfs.Core.Metadata;

/// <summary>A content row with its log applied.</summary>
internal sealed record StoredContent(
    ulong Size, ContentId Base, ulong Epoch, bool IsTrusted, RangeSet Coverage, RangeSet Dirty, long LogLength);

/// <summary>
/// Reads what is durable, on a connection of its own. May be called from several threads, under the namespace gate
/// too; its lock is the innermost and is held for one query.
/// </summary>
internal sealed class MetadataReader : IDisposable
{
    private const string InodeColumns =
        "i.id,i.type,i.mode,i.uid,i.gid,i.nlink,i.major,i.minor,i.atime,i.mtime,i.ctime,i.parent,i.name,i.target," +
        "i.verifier,c.size";

    private readonly Lock _gate = new();
    private readonly SqliteConnection _connection;
    private readonly List<Statement> _all = [];
    private readonly Statement _inode;
    private readonly Statement _inodes;
    private readonly Statement _hasInode;
    private readonly Statement _children;
    private readonly Statement _names;
    private readonly Statement _content;
    private readonly Statement _contentLog;
    private readonly Statement _remote;
    private readonly Statement _remoteRange;
    private readonly Statement _sending;
    private readonly Statement _sendingPath;

    public MetadataReader(SqliteConnection connection)
    {
        _connection = connection;
        _inode = Prepare($"SELECT {InodeColumns} FROM inode i LEFT JOIN content c ON c.inode=i.id WHERE i.id=?1");
        _inodes = Prepare(
            $"SELECT {InodeColumns} FROM inode i LEFT JOIN content c ON c.inode=i.id WHERE i.id BETWEEN ?1 AND ?2");
        _hasInode = Prepare("SELECT 1 FROM inode WHERE id=?1");
        _children = Prepare($"""
            SELECT {InodeColumns},d.name,d.cookie FROM dentry d JOIN inode i ON i.id=d.inode
            LEFT JOIN content c ON c.inode=d.inode WHERE d.dir=?1 ORDER BY d.cookie
            """);
        _names = Prepare("SELECT dir,name FROM dentry WHERE inode=?1");
        _content = Prepare(
            "SELECT size,base_hash,base_size,epoch,trusted,coverage,dirty FROM content WHERE inode=?1");
        _contentLog = Prepare("SELECT range_start,range_end FROM content_log WHERE inode=?1 ORDER BY seq");
        _remote = Prepare("SELECT version,entry FROM remote WHERE path=?1");
        _sending = Prepare("SELECT 1 FROM sending WHERE path=?1 AND entry=?2");
        _remoteRange = Prepare("""
            SELECT path,version FROM remote WHERE path>?1 AND path<?2
            UNION ALL SELECT DISTINCT path,0 FROM sending s WHERE path>?1 AND path<?2
                AND NOT EXISTS(SELECT 1 FROM remote r WHERE r.path=s.path)
            ORDER BY path LIMIT ?3
            """);
        _sendingPath = Prepare("SELECT 1 FROM sending WHERE path=?1");
    }

    /// <summary>One object; null if there is none.</summary>
    public Inode? LoadInode(InodeId id)
    {
        lock (_gate)
        {
            Inode? inode = null;
            _inode.Bind(1, id);
            while (_inode.Step())
            {
                inode = ReadInode(_inode);
            }

            return inode;
        }
    }

    /// <summary>The objects from one number to another, both included.</summary>
    public void LoadInodes(InodeId first, InodeId last, Action<Inode> seen)
    {
        lock (_gate)
        {
            _inodes.Bind(1, first).Bind(2, last);
            while (_inodes.Step())
            {
                seen(ReadInode(_inodes));
            }
        }
    }

    /// <summary>Whether there is such an object.</summary>
    public bool HasInode(InodeId id)
    {
        lock (_gate)
        {
            var isFound = false;
            _hasInode.Bind(1, id);
            while (_hasInode.Step())
            {
                isFound = true;
            }

            return isFound;
        }
    }

    /// <summary>The names of a directory, and the objects behind them for those who want them cached.</summary>
    public void LoadDirectory(InodeId id, DirectoryIndex names, Action<Inode> seen)
    {
        lock (_gate)
        {
            _children.Bind(1, id);
            while (_children.Step())
            {
                names.Add(_children.Blob(16), _children.Inode(0), _children.ULong(17));
                seen(ReadInode(_children));
            }
        }
    }

    /// <summary>All durable names of an object as (directory, name).</summary>
    public List<(InodeId Directory, byte[] Name)> LoadNames(InodeId id)
    {
        lock (_gate)
        {
            var names = new List<(InodeId, byte[])>();
            _names.Bind(1, id);
            while (_names.Step())
            {
                names.Add((_names.Inode(0), _names.Blob(1).ToArray()));
            }

            return names;
        }
    }

    /// <summary>The content row of a file with its log applied; null if the file was never written.</summary>
    public StoredContent? LoadContent(InodeId id)
    {
        lock (_gate)
        {
            try
            {
                return ReadContent(id);
            }
            finally
            {
                // A damaged row must not leave a statement half way, which would be in the way of all later ones.
                _content.Reset();
                _contentLog.Reset();
            }
        }
    }
    /// <summary>Settings that are numbers, by key.</summary>
    public Dictionary<string, long> LoadNumbers()
    {
        var settings = new Dictionary<string, long>();
        Query(
            "SELECT key,value FROM meta WHERE typeof(value)='integer'",
            row => settings[row.Text(0)] = row.Long(1));
        return settings;
    }

    /// <summary>A setting that is a text; null if it is not set.</summary>
    public string? LoadText(string key)
    {
        string? text = null;
        Query("SELECT key,value FROM meta WHERE typeof(value)='text'", row =>
            text = row.Text(0) == key ? row.Text(1) : text);
        return text;
    }

    /// <summary>What the store's tree is known to hold at a path; null if nothing.</summary>
    public (TreeVersion Version, byte[] Entry)? LoadRemote(ReadOnlySpan<byte> path)
    {
        lock (_gate)
        {
            (TreeVersion, byte[])? found = null;
            _remote.Bind(1, path);
            while (_remote.Step())
            {
                found = (new TreeVersion(_remote.ULong(0)), _remote.Blob(1).ToArray());
            }

            return found;
        }
    }

    /// <summary>Whether a commit of this entry to the store's tree began and its outcome is not known.</summary>
    public bool IsSending(ReadOnlySpan<byte> path, ReadOnlySpan<byte> entry)
    {
        lock (_gate)
        {
            var isFound = false;
            _sending.Bind(1, path).Bind(2, entry);
            while (_sending.Step())
            {
                isFound = true;
            }

            return isFound;
        }
    }

    /// <summary>Whether any commit of this path to the store's tree began and its outcome is not known.</summary>
    public bool IsSending(ReadOnlySpan<byte> path)
    {
        lock (_gate)
        {
            var isFound = false;
            _sendingPath.Bind(1, path);
            while (_sendingPath.Step())
            {
                isFound = true;
            }

            return isFound;
        }
    }

    /// <summary>
    /// Paths strictly between two that the store has or may have, in byte order; the latter with the version Absent.
    /// </summary>
    public List<(byte[] Path, TreeVersion Version)> LoadRemoteBetween(
        ReadOnlySpan<byte> after, ReadOnlySpan<byte> before, int limit)
    {
        lock (_gate)
        {
            var found = new List<(byte[], TreeVersion)>();
            _remoteRange.Bind(1, after).Bind(2, before).Bind(3, (long)limit);
            while (_remoteRange.Step())
            {
                found.Add((_remoteRange.Blob(0).ToArray(), new TreeVersion(_remoteRange.ULong(1))));
            }

            return found;
        }
    }

    /// <summary>Runs a query of start-up or of an operator; <paramref name="row"/> sees each row.</summary>
    public void Query(string sql, Action<Statement> row)
    {
        lock (_gate)
        {
            var statement = new Statement(_connection, sql);
            try
            {
                while (statement.Step())
                {
                    row(statement);
                }
            }
            finally
            {
                statement.Close();
            }
        }
    }

    public void Dispose()
    {
        foreach (var statement in _all)
        {
            statement.Close();
        }

        _connection.Dispose();
    }

    /// <summary>Both statements stay open to the end, so that row and log are of one moment.</summary>
    private StoredContent? ReadContent(InodeId id)
    {
        _content.Bind(1, id);
        if (!_content.Step())
        {
            return null;
        }

        var size = _content.ULong(0);
        var hash = _content.Blob(1);
        if (hash.Length != MerkleHash.Bytes)
        {
            throw new InvalidDataException($"the content row of inode {id} is damaged");
        }

        var basis = new ContentId(MerkleHash.Read(hash), _content.ULong(2));
        var coverage = RangeSetCodec.Decode(_content.Blob(5));
        var dirty = RangeSetCodec.Decode(_content.Blob(6));
        long logLength = 0;
        _contentLog.Bind(1, id);
        for (; _contentLog.Step(); logLength++)
        {
            var range = new ByteRange(_contentLog.ULong(0), _contentLog.ULong(1));
            coverage.Add(range);
            dirty.Add(range);
        }

        return new StoredContent(
            size, basis, _content.ULong(3), _content.Long(4) != 0, coverage, dirty, logLength);
    }

    private static Inode ReadInode(Statement row) => new(row.Inode(0), (InodeType)row.Long(1))
    {
        Mode = row.UInt(2),
        Uid = row.UInt(3),
        Gid = row.UInt(4),
        LinkCount = row.UInt(5),
        DeviceMajor = row.UInt(6),
        DeviceMinor = row.UInt(7),
        Atime = row.Time(8),
        Mtime = row.Time(9),
        Ctime = row.Time(10),
        Parent = row.Inode(11),
        Name = Bytes(row.Blob(12)),
        Target = Bytes(row.Blob(13)),
        CreateVerifier = row.NullableULong(14),
        Size = (InodeType)row.Long(1) switch
        {
            InodeType.Regular => row.ULong(15),
            InodeType.Directory => Inode.DirectorySize,
            InodeType.SymbolicLink => (ulong)row.Blob(13).Length,
            InodeType.BlockDevice or InodeType.CharacterDevice or InodeType.Socket or InodeType.Fifo => 0,
        },
    };

    private static byte[] Bytes(ReadOnlySpan<byte> blob) => blob.IsEmpty ? [] : blob.ToArray();

    private Statement Prepare(string sql)
    {
        var statement = new Statement(_connection, sql);
        _all.Add(statement);
        return statement;
    }
}
