using Microsoft.Data.Sqlite;

namespace Vfs.Core.Metadata;

/// <summary>
/// The tables of the state database. Numbers without a sign are stored as the 64-bit integers of the same bits; times
/// are nanoseconds since 1970; names and paths are blobs, compared as bytes.
/// <list type="table">
/// <item><term>meta</term><description>one row a setting: store identity, reserved ids, write verifier</description></item>
/// <item><term>inode</term><description>one row an object; size of regular files is in content</description></item>
/// <item><term>dentry</term><description>one row a name; the cookie never changes</description></item>
/// <item><term>content</term><description>one row a regular file that was ever written: base, size, ranges.
/// <c>trusted</c> says whether coverage is what the staging file holds; if not, only dirty is</description></item>
/// <item><term>content_log</term><description>ranges that became dirty since the content row was written</description></item>
/// <item><term>remote</term><description>what the store's tree is known to hold, by path</description></item>
/// <item><term>sending</term><description>entries whose commit to that tree began and has no known outcome</description></item>
/// <item><term>unsynced_name, unsynced_inode</term><description>what may differ from that</description></item>
/// <item><term>request</term><description>calls whose effect is in this database and what they were answered, newest
/// last</description></item>
/// </list>
/// </summary>
internal static class Schema
{
    /// <summary>Raised when the tables change; a newer one is refused.</summary>
    public const long Version = 3;

    private const string Tables = """
        CREATE TABLE meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID;
        CREATE TABLE inode(
            id INTEGER PRIMARY KEY, type INTEGER NOT NULL, mode INTEGER NOT NULL, uid INTEGER NOT NULL,
            gid INTEGER NOT NULL, nlink INTEGER NOT NULL, major INTEGER NOT NULL, minor INTEGER NOT NULL,
            atime INTEGER NOT NULL, mtime INTEGER NOT NULL, ctime INTEGER NOT NULL, parent INTEGER NOT NULL,
            name BLOB NOT NULL, target BLOB NOT NULL, verifier INTEGER);
        CREATE TABLE dentry(
            dir INTEGER NOT NULL, name BLOB NOT NULL, inode INTEGER NOT NULL, cookie INTEGER NOT NULL,
            PRIMARY KEY(dir, name)) WITHOUT ROWID;
        CREATE INDEX dentry_inode ON dentry(inode);
        CREATE TABLE content(
            inode INTEGER PRIMARY KEY, size INTEGER NOT NULL, base_hash BLOB NOT NULL, base_size INTEGER NOT NULL,
            epoch INTEGER NOT NULL, trusted INTEGER NOT NULL, covered INTEGER NOT NULL, coverage BLOB NOT NULL,
            dirty BLOB NOT NULL);
        CREATE TABLE content_log(
            inode INTEGER NOT NULL, seq INTEGER NOT NULL, range_start INTEGER NOT NULL, range_end INTEGER NOT NULL,
            PRIMARY KEY(inode, seq)) WITHOUT ROWID;
        CREATE TABLE remote(path BLOB PRIMARY KEY, version INTEGER NOT NULL, entry BLOB NOT NULL) WITHOUT ROWID;
        CREATE TABLE sending(path BLOB NOT NULL, entry BLOB NOT NULL, PRIMARY KEY(path, entry)) WITHOUT ROWID;
        CREATE TABLE unsynced_name(
            dir INTEGER NOT NULL, name BLOB NOT NULL, subtree INTEGER NOT NULL, PRIMARY KEY(dir, name)) WITHOUT ROWID;
        CREATE TABLE unsynced_inode(inode INTEGER PRIMARY KEY);
        """;

    private const string Requests = """
        CREATE TABLE request(
            seq INTEGER PRIMARY KEY, high INTEGER NOT NULL, low INTEGER NOT NULL, time INTEGER NOT NULL,
            outcome BLOB NOT NULL);
        """;

    /// <summary>
    /// For a connection that commits thousands of times a second: pages stay in memory, and the log is copied back
    /// every 32 MiB and not every 4, since each copy syncs the database file while replies wait.
    /// </summary>
    public static void Tune(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA cache_size=-32768; PRAGMA wal_autocheckpoint=8192";
        command.ExecuteNonQuery();
    }

    /// <summary>Whether the tables are there.</summary>
    public static bool IsPrepared(SqliteConnection connection) => VersionOf(connection) > 0;

    /// <summary>Whether the tables are there, and those of contents are as this version makes them.</summary>
    public static bool IsReadable(SqliteConnection connection) => VersionOf(connection) is Version - 1 or Version;

    /// <summary>
    /// Makes the tables in an empty database, and brings those of an older gateway up to date. Throws
    /// <see cref="StateUnavailableException"/> if the database was written by a newer gateway.
    /// </summary>
    public static void Prepare(SqliteConnection connection)
    {
        var found = VersionOf(connection);
        if (found > Version)
        {
            throw new StateUnavailableException(
                $"The state was written by a newer gateway (format {found}, this one knows {Version}); use that one.");
        }

        // Format 1 knew which calls were done, and not what they were answered. Format 2 has the same tables as 3, and a
        // gateway that knows no newer one would send what is kept here.
        var steps = found switch
        {
            0 => Tables + Requests,
            1 => "DROP TABLE request;" + Requests,
            _ => "",
        };
        if (found != Version)
        {
            using var command = connection.CreateCommand();
            command.CommandText = $"BEGIN IMMEDIATE; {steps} PRAGMA user_version={Version}; COMMIT;";
            command.ExecuteNonQuery();
        }
    }

    /// <summary>
    /// Empties the tables if the setting that ends the first start is missing: nobody was served from them, and the
    /// store has everything.
    /// </summary>
    public static void DropUnfinishedImport(SqliteConnection connection, string importedKey)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT count(*) FROM meta WHERE key=$key";
        command.Parameters.AddWithValue("$key", importedKey);
        if ((long)command.ExecuteScalar()! == 0)
        {
            command.CommandText =
                "BEGIN IMMEDIATE; DELETE FROM inode; DELETE FROM dentry; DELETE FROM content; DELETE FROM content_log; "
                + "DELETE FROM remote; DELETE FROM sending; DELETE FROM unsynced_name; DELETE FROM unsynced_inode; DELETE FROM request; "
                + "DELETE FROM meta WHERE key LIKE 'next_%'; COMMIT;";
            command.ExecuteNonQuery();
        }
    }

    private static long VersionOf(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA user_version";
        return (long)command.ExecuteScalar()!;
    }
}
