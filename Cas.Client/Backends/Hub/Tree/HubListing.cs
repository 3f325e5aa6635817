using Cas.Client.Backends.Hub.Http;

namespace Cas.Client.Backends.Hub.Tree;

/// <summary>
/// Listings in the order of the tree's contract. The Hub's order is its own, its pages come one by one, and directories
/// in it are only what paths begin with: so a listing is gathered whole, in one pass, and kept until its last page has
/// been asked for. The gate guards those that are kept.
/// </summary>
internal sealed class HubListing(HubApi api)
{
    /// <summary>Entries of one listing, each of a few hundred bytes.</summary>
    private const int EntriesMax = 4_000_000;

    /// <summary>Listings that somebody may be in the middle of.</summary>
    private const int KeptMax = 4;

    private readonly Lock _gate = new();
    private readonly List<(string Key, TreeItem[] Items)> _kept = []; // Guarded by _gate. Oldest first.

    /// <summary>A page, as <see cref="IRemoteTree.ListAsync"/>. Throws <see cref="CasException"/>.</summary>
    public async Task<IReadOnlyList<TreeItem>> PageAsync(
        ReadOnlyMemory<byte> directory, bool recursive, ReadOnlyMemory<byte> after, int limit,
        CancellationToken cancellationToken)
    {
        if (HubPath.Join(api.Place.Prefix, directory.Span) is not { } folder)
        {
            return [];
        }

        var key = (recursive ? "r/" : "d/") + folder;
        var items = (after.IsEmpty ? null : Find(key))
            ?? await GatherAsync(folder, directory, recursive, cancellationToken);
        var first = after.IsEmpty ? 0 : FirstBehind(items, after.Span);
        var page = new ArraySegment<TreeItem>(items, first, Math.Min(limit, items.Length - first));
        Keep(key, page.Count == limit ? items : null);
        return page;
    }

    /// <summary>Whether anything is below a folder.</summary>
    public async Task<bool> IsDirectoryAsync(ReadOnlyMemory<byte> directory, CancellationToken cancellationToken)
    {
        if (HubPath.Join(api.Place.Prefix, directory.Span) is not { } folder)
        {
            return false;
        }

        await foreach (var entries in api.ListAsync(folder, false, cancellationToken))
        {
            if (entries.Any(entry => HubPath.Below(folder, entry.Path) is not null
                || (entry.IsDirectory && entry.Path == folder)))
            {
                return true;
            }
        }

        return false;
    }

    private async Task<TreeItem[]> GatherAsync(
        string folder, ReadOnlyMemory<byte> directory, bool recursive, CancellationToken cancellationToken)
    {
        var found = new SortedDictionary<byte[], HubEntry>(ByBytes.Instance);
        await foreach (var entries in api.ListAsync(folder, recursive, cancellationToken))
        {
            foreach (var entry in entries)
            {
                if (HubPath.Below(folder, entry.Path) is { } below)
                {
                    Add(found, below, entry, recursive);
                }
            }

            if (found.Count > EntriesMax)
            {
                throw new HubFailure(
                    new FailureKind(CasError.Invalid, false), $"'{folder}' has more than {EntriesMax} entries");
            }
        }

        byte[] start = directory.IsEmpty ? [] : [.. directory.Span, (byte)'/'];
        var items = new TreeItem[found.Count];
        var index = 0;
        foreach (var (below, entry) in found)
        {
            items[index++] = new TreeItem(
                start.Length == 0 ? below : [.. start, .. below], entry.ToTreeEntry(), entry.Version);
        }

        return items;
    }

    /// <summary>
    /// Adds an entry with the directories that it lies in. Where the Hub has a file and others below it, which no file
    /// system can, the directory is what is seen.
    /// </summary>
    private static void Add(
        SortedDictionary<byte[], HubEntry> found, byte[] below, HubEntry entry, bool recursive)
    {
        for (var at = Array.IndexOf(below, (byte)'/'); at > 0; at = Array.IndexOf(below, (byte)'/', at + 1))
        {
            var parent = below[..at];
            if (!found.TryGetValue(parent, out var known) || !known.IsDirectory)
            {
                found[parent] = new HubEntry { Path = string.Empty, IsDirectory = true };
            }

            if (!recursive)
            {
                return;
            }
        }

        if (entry.IsDirectory || !found.TryGetValue(below, out var there) || !there.IsDirectory)
        {
            found[below] = entry;
        }
    }

    private static int FirstBehind(TreeItem[] items, ReadOnlySpan<byte> path)
    {
        var (low, high) = (0, items.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = items[middle].Path.Span.SequenceCompareTo(path) > 0 ? (low, middle) : (middle + 1, high);
        }

        return low;
    }

    private TreeItem[]? Find(string key)
    {
        lock (_gate)
        {
            return _kept.Find(kept => kept.Key == key).Items;
        }
    }

    private void Keep(string key, TreeItem[]? items)
    {
        lock (_gate)
        {
            _kept.RemoveAll(kept => kept.Key == key);
            if (items is not null)
            {
                _kept.Add((key, items));
            }

            if (_kept.Count > KeptMax)
            {
                _kept.RemoveAt(0);
            }
        }
    }

    private sealed class ByBytes : IComparer<byte[]>
    {
        public static ByBytes Instance { get; } = new();

        public int Compare(byte[]? x, byte[]? y) => x.AsSpan().SequenceCompareTo(y);
    }
}
