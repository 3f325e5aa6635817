using System.Collections.Immutable;

namespace XetHub.Catalog;

/// <summary>An entry of a listing: a file, or a directory that exists because files lie below it.</summary>
internal readonly record struct TreeItem(string Path, FileEntry? File, DateTimeOffset UploadedAt);

/// <summary>A page of a listing. <paramref name="Next"/> is where the next one starts; null behind the last.</summary>
internal sealed record TreePage(IReadOnlyList<TreeItem> Items, string? Next)
{
    /// <summary>
    /// The files whose paths start with <paramref name="prefix"/> as text; without <paramref name="isRecursive"/> only
    /// one level of names behind it, with the directories there. Starts at <paramref name="from"/>, or at the start.
    /// </summary>
    public static TreePage Of(
        ImmutableSortedSet<FileEntry> files, string prefix, bool isRecursive, string? from, int countMax)
    {
        var items = new List<TreeItem>();
        var seek = from is not null && string.CompareOrdinal(from, prefix) > 0 ? from : prefix;
        while (FirstFrom(files, seek) is { } entry && entry.Path.StartsWith(prefix, StringComparison.Ordinal))
        {
            if (items.Count == countMax)
            {
                return new TreePage(items, seek);
            }

            var slash = isRecursive ? -1 : EndOfName(entry.Path, prefix.Length);
            var directory = slash < 0 ? null : entry.Path[..slash];
            items.Add(directory is null
                ? new TreeItem(entry.Path, entry, entry.UploadedAt)
                : new TreeItem(directory, null, entry.UploadedAt));

            // Behind the file, or behind everything in the directory: '0' is the character behind '/'.
            seek = directory is null ? entry.Path + '\0' : directory + '0';
        }

        return new TreePage(items, null);
    }

    private static FileEntry? FirstFrom(ImmutableSortedSet<FileEntry> files, string path)
    {
        var index = files.IndexOf(FileEntry.Probe(path));
        index = index < 0 ? ~index : index;
        return index < files.Count ? files[index] : null;
    }

    /// <summary>The slash that ends the name behind a prefix, which may be a directory without its slash.</summary>
    private static int EndOfName(string path, int prefixLength)
    {
        var start = prefixLength > 0 && prefixLength < path.Length && path[prefixLength] == '/'
            ? prefixLength + 1
            : prefixLength;
        return path.IndexOf('/', start);
    }
}
