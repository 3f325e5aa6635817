namespace Cas.Client.Backends.Local;

/// <summary>Whether a directory is a store, and a whole one. Changes nothing.</summary>
internal static class StorePresence
{
    /// <summary>More names than a store has tell nothing new.</summary>
    private const int NamesMax = 64;

    /// <summary>The marker of a store, null for a directory that may become one; throws for everything else.</summary>
    public static StoreMarker? Find(string directory)
    {
        RequireDirectory(directory);
        var names = Directory.EnumerateFileSystemEntries(directory).Take(NamesMax).Select(Name).ToList();
        if (StoreMarker.Read(directory) is { } marker)
        {
            return marker;
        }

        return StoreLayout.IsEmpty(names)
            ? null
            : throw new StoreUnavailableException(
                $"The directory {directory} is not a store, and not empty; give an empty directory for a new store.");
    }

    /// <summary>
    /// A part that is missing is never made anew: an empty tree would look as if everybody had deleted everything.
    /// </summary>
    public static void RequireParts(string directory, ContentDirectory files)
    {
        if (!files.Exists || !File.Exists(Path.Join(directory, StoreLayout.Tree)))
        {
            throw new StoreUnavailableException(
                $"The store in {directory} is damaged: {StoreLayout.Tree}, {StoreLayout.Xorbs}, " +
                $"{StoreLayout.Shards} or {StoreLayout.Temporary} is missing; bring it back from a backup.");
        }
    }

    private static string Name(string path) => Path.GetFileName(path);

    private static void RequireDirectory(string directory)
    {
        try
        {
            // Directory.Exists also says no when it may not look.
            if (!File.GetAttributes(directory).HasFlag(FileAttributes.Directory))
            {
                throw new StoreUnavailableException($"The store {directory} is a file; a store is a directory.");
            }
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new StoreUnavailableException(
                $"The store directory {directory} does not exist; create it with mkdir -p {directory}", e);
        }
    }
}
