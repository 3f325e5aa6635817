namespace Cas.Client.Backends.Local;

/// <summary>
/// The tables of <c>tree.db</c>. Numbers that are unsigned in the seam are stored as signed ones of the same bits.
/// <c>parent</c> is null for the root only, and indexed with the path, so that children come in order.
/// </summary>
internal static class TreeSchema
{
    public const string Columns =
        "path, version, kind, hash, size, mode, uid, gid, atime, mtime, ctime, major, minor, target, link";

    /// <summary>The gateways' states; stores that were made before there were any do not have it.</summary>
    public const string CreateStates =
        "CREATE TABLE IF NOT EXISTS state (id TEXT NOT NULL PRIMARY KEY, path TEXT NOT NULL) WITHOUT ROWID";

    public const string Create =
        """
        CREATE TABLE IF NOT EXISTS entry (
            path BLOB NOT NULL PRIMARY KEY, parent BLOB, version INTEGER NOT NULL, kind INTEGER NOT NULL,
            hash BLOB NOT NULL, size INTEGER NOT NULL, mode INTEGER NOT NULL, uid INTEGER NOT NULL,
            gid INTEGER NOT NULL, atime INTEGER NOT NULL, mtime INTEGER NOT NULL, ctime INTEGER NOT NULL,
            major INTEGER NOT NULL, minor INTEGER NOT NULL, target BLOB NOT NULL, link INTEGER NOT NULL) WITHOUT ROWID;
        CREATE INDEX IF NOT EXISTS entry_parent ON entry (parent, path);
        CREATE TABLE IF NOT EXISTS counter (name TEXT NOT NULL PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
        INSERT OR IGNORE INTO counter VALUES ('version', 0);
        """;
}
