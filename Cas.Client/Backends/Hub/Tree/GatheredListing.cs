namespace Cas.Client.Backends.Hub.Tree;

/// <summary>
/// The entries below a folder, gathered in the Hub's order and given in the order of the tree's contract. Keeps of each
/// its path and some hundred bytes. Filled by one thread, then sorted, then read by any.
/// </summary>
internal sealed class GatheredListing(string folder, ReadOnlyMemory<byte> directory, bool recursive)
{
    private readonly byte[] _start = directory.IsEmpty ? [] : [.. directory.Span, (byte)'/'];
    private readonly HashSet<byte[]> _directories = new(ByBytes.Instance);
    private readonly List<Row> _rows = [];

    /// <summary>
    /// Adds an entry, if it lies below the folder, with the directories that it lies in.
    /// </summary>
    public void Add(HubEntry entry)
    {
        if (HubPath.Below(folder, entry.Path) is not { } below)
        {
            return;
        }

        for (var at = Array.IndexOf(below, (byte)'/'); at > 0; at = Array.IndexOf(below, (byte)'/', at + 1))
        {
            AddDirectory(below[..at]);
            if (!recursive)
            {
                return;
            }
        }

        if (entry.IsDirectory)
        {
            AddDirectory(below);
        }
        else
        {
            _rows.Add(new Row(below, false, entry.Content, entry.Mtime, entry.UploadedAt));
        }
    }

    /// <summary>Nothing is added any more.</summary>
    public void Sort()
    {
        // Where the Hub has a file and others below it, which no file system can, the directory is what is seen.
        _rows.RemoveAll(row => !row.IsDirectory && _directories.Contains(row.Path));
        _rows.Sort((a, b) => ByBytes.Instance.Compare(a.Path, b.Path));
        byte[]? last = null;
        _rows.RemoveAll(row => ByBytes.Instance.Equals(last, last = row.Path));
        _directories.Clear();
        _directories.TrimExcess();
    }

    /// <summary>At most so many entries behind a path of the tree, in order.</summary>
    public IReadOnlyList<TreeItem> After(ReadOnlySpan<byte> path, int limit)
    {
        var (low, high) = (0, _rows.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = PathOf(_rows[middle]).AsSpan().SequenceCompareTo(path) > 0 ? (low, middle) : (middle + 1, high);
        }

        return _rows.GetRange(low, Math.Min(limit, _rows.Count - low)).ConvertAll(ItemOf);
    }

    private void AddDirectory(byte[] path)
    {
        if (_directories.Add(path))
        {
            _rows.Add(new Row(path, true, default, null, null));
        }
    }

    private TreeItem ItemOf(Row row)
    {
        var entry = new HubEntry
        {
            Path = string.Empty, IsDirectory = row.IsDirectory, Content = row.Content, Mtime = row.Mtime,
            UploadedAt = row.UploadedAt,
        };
        return new TreeItem(PathOf(row), entry.ToTreeEntry(), entry.Version);
    }

    private byte[] PathOf(Row row) => _start.Length == 0 ? row.Path : [.. _start, .. row.Path];

    private readonly record struct Row(
        byte[] Path, bool IsDirectory, ContentId Content, long? Mtime, long? UploadedAt);

    private sealed class ByBytes : IComparer<byte[]>, IEqualityComparer<byte[]>
    {
        public static ByBytes Instance { get; } = new();

        public int Compare(byte[]? x, byte[]? y) => x.AsSpan().SequenceCompareTo(y);

        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(byte[] bytes)
        {
            var hash = default(HashCode);
            hash.AddBytes(bytes);
            return hash.ToHashCode();
        }
    }
}
