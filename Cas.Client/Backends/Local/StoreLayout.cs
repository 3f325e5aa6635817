namespace Cas.Client.Backends.Local;

/// <summary>
/// Names in the directory of an embedded store. They are part of its on-disk format: see <see cref="StoreMarker"/>.
/// </summary>
internal static class StoreLayout
{
    /// <summary>Says that this is a store, and which.</summary>
    public const string Marker = "nfsgw-store.json";

    /// <summary>The marker of a store whose making has not finished.</summary>
    public const string UnfinishedMarker = "nfsgw-store.json.new";

    /// <summary>Locked by the process that has the store open; holds its process id.</summary>
    public const string Lock = "nfsgw-store.lock";

    /// <summary>Paths and attributes: an SQLite database.</summary>
    public const string Tree = "tree.db";

    /// <summary>Where files and chunks are: an SQLite database that is made anew from the shards.</summary>
    public const string Index = "index.db";

    /// <summary>Chunks in containers, by hash.</summary>
    public const string Xorbs = "xorbs";

    /// <summary>How files are made of chunks.</summary>
    public const string Shards = "shards";

    /// <summary>Content that is being written.</summary>
    public const string Temporary = "tmp";

    /// <summary>The root directory of ext file systems has one; it holds nothing of anybody's.</summary>
    private const string LostAndFound = "lost+found";

    /// <summary>What the making of a store may leave behind if it is cut short.</summary>
    private static readonly string[] s_unfinished =
    [
        UnfinishedMarker, Lock, Tree, Tree + "-wal", Tree + "-shm", Tree + "-journal", Xorbs, Shards, Temporary,
        LostAndFound,
    ];

    /// <summary>Whether names are those of an empty directory, or of a store whose making was cut short.</summary>
    public static bool IsEmpty(IReadOnlyCollection<string> names) =>
        names.All(name => name is Lock or LostAndFound)
        || (names.Contains(UnfinishedMarker) && names.All(s_unfinished.Contains));
}
