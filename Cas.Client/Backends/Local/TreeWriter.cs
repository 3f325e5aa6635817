using System.Text;
using Microsoft.Data.Sqlite;

namespace Cas.Client.Backends.Local;

/// <summary>Commits over one connection. Used by one thread at a time.</summary>
internal sealed class TreeWriter : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly SqliteCommand _version;
    private readonly SqliteCommand _put;
    private readonly SqliteCommand _delete;
    private readonly SqliteCommand _readCounter;
    private readonly SqliteCommand _writeCounter;

    /// <summary>Owns the connection.</summary>
    public TreeWriter(SqliteConnection connection)
    {
        _connection = connection;
        _version = connection.Compile("SELECT version FROM entry WHERE path = @path", "@path");
        _put = connection.Compile(
            $"REPLACE INTO entry (parent, {TreeSchema.Columns}) VALUES (@parent, @path, @version, @kind, @hash, " +
            "@size, @mode, @uid, @gid, @atime, @mtime, @ctime, @major, @minor, @target, @link)",
            "@parent", "@path", "@version", "@kind", "@hash", "@size", "@mode", "@uid", "@gid", "@atime", "@mtime",
            "@ctime", "@major", "@minor", "@target", "@link");
        _delete = connection.Compile("DELETE FROM entry WHERE path = @path", "@path");
        _readCounter = connection.Compile("SELECT value FROM counter WHERE name = 'version'");
        _writeCounter = connection.Compile("UPDATE counter SET value = @value WHERE name = 'version'", "@value");
    }

    /// <summary>
    /// Applies all changes or none; they are on stable storage when this returns. Throws Conflict as
    /// <see cref="CasException"/>.
    /// </summary>
    public TreeVersion[] Commit(IReadOnlyList<TreeChange> changes)
    {
        // IMMEDIATE: a transaction that began as a reader cannot always become a writer.
        _connection.Execute("BEGIN IMMEDIATE");
        try
        {
            var versions = Apply(changes);
            _connection.Execute("COMMIT");
            return versions;
        }
        catch
        {
            RollBack();
            throw;
        }
    }

    public void Dispose()
    {
        _version.Dispose();
        _put.Dispose();
        _delete.Dispose();
        _readCounter.Dispose();
        _writeCounter.Dispose();
        _connection.Dispose();
    }

    private TreeVersion[] Apply(IReadOnlyList<TreeChange> changes)
    {
        var versions = new TreeVersion[changes.Count];
        var counter = (long)_readCounter.ExecuteScalar()!;
        for (var i = 0; i < versions.Length; i++)
        {
            var change = changes[i];
            var path = change.Path.ToArray();
            Expect(path, change.Expected);
            counter++;
            if (change.Entry is { } entry)
            {
                Put(path, counter, entry);
                versions[i] = new TreeVersion((ulong)counter);
            }
            else
            {
                _delete.Parameters[0].Value = path;
                _delete.ExecuteNonQuery();
            }
        }

        _writeCounter.Parameters[0].Value = counter;
        _writeCounter.ExecuteNonQuery();
        return versions;
    }

    private void Expect(byte[] path, TreeVersion expected)
    {
        _version.Parameters[0].Value = path;
        var actual = _version.ExecuteScalar() is long value ? new TreeVersion((ulong)value) : TreeVersion.Absent;
        if (actual != expected)
        {
            throw new CasException(
                CasError.Conflict,
                $"'{Encoding.UTF8.GetString(path)}' is at version {actual.Value} and not at {expected.Value}");
        }
    }

    private void Put(byte[] path, long version, TreeEntry entry)
    {
        _put.Parameters[0].Value = TreePath.ParentOf(path) ?? (object)DBNull.Value;
        _put.Parameters[1].Value = path;
        _put.Parameters[2].Value = version;
        TreeRow.Bind(_put.Parameters, 3, entry);
        _put.ExecuteNonQuery();
    }

    private void RollBack()
    {
        try
        {
            _connection.Execute("ROLLBACK");
        }
        catch (SqliteException)
        {
            // Some failures, a full disk among them, have rolled back already; then there is no transaction to end.
        }
    }
}
