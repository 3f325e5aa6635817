namespace Cas.Client.Backends.Local;

/// <summary>
/// The tables of <c>index.db</c>. A chunk is known by the first word of its hash: what is found is compared with the
/// bytes anyway, and a second chunk of the same word is only stored twice. <c>place</c> is the chunk's index in its
/// xorb, <c>record</c> where the file's entry starts in its shard.
/// </summary>
internal static class IndexSchema
{
    public const string Create =
        """
        CREATE TABLE IF NOT EXISTS shard (id INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE);
        CREATE TABLE IF NOT EXISTS xorb (id INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE);
        CREATE TABLE IF NOT EXISTS chunk (key INTEGER PRIMARY KEY, xorb INTEGER NOT NULL, place INTEGER NOT NULL);
        CREATE TABLE IF NOT EXISTS file (
            hash BLOB NOT NULL PRIMARY KEY, shard INTEGER NOT NULL, record INTEGER NOT NULL) WITHOUT ROWID;
        """;
}
