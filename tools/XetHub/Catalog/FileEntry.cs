namespace XetHub.Catalog;

/// <summary>A file of a bucket or repository.</summary>
/// <param name="Path">From the root, without a slash at either end.</param>
/// <param name="Size">Bytes of its content.</param>
/// <param name="XetHash">Its content, for the content half; null for a small file of a repository.</param>
/// <param name="Oid">In a repository what git calls it; that of a small file names its bytes.</param>
/// <param name="Sha256">In a repository the SHA-256 of Xet content, in hex.</param>
/// <param name="Mtime">What the client said, if it did.</param>
/// <param name="UploadedAt">When it came.</param>
internal sealed record FileEntry(
    string Path,
    ulong Size,
    string? XetHash,
    string? Oid,
    string? Sha256,
    DateTimeOffset? Mtime,
    DateTimeOffset UploadedAt)
{
    /// <summary>To look for a path in a set.</summary>
    public static FileEntry Probe(string path) => new(path, 0, null, null, null, null, default);
}

/// <summary>Entries by path: two of one path are the same.</summary>
internal sealed class PathOrder : IComparer<FileEntry>
{
    public static PathOrder Instance { get; } = new();

    public int Compare(FileEntry? x, FileEntry? y) => string.CompareOrdinal(x?.Path, y?.Path);
}

/// <summary>Paths that can be stored.</summary>
internal static class FilePath
{
    private const int LengthMax = 1024;

    public static bool IsGood(string path) =>
        path.Length <= LengthMax && !path.Contains('\0')
        && path.Split('/').All(name => name is not ("" or "." or ".."));
}
