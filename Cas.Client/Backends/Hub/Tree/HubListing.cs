namespace Cas.Client.Backends.Hub.Tree;

/// <summary>
/// Listings in the order of the tree's contract. The Hub's order is its own, its pages come one by one, and directories
/// in it are only what paths begin with: so a listing is gathered whole, in one pass, and kept until its last page has
/// been asked for. The gate guards those that are kept.
/// </summary>
internal sealed class HubListing(HubApi api)
{
    /// <summary>Listings that somebody may be in the middle of.</summary>
    private const int KeptMax = 4;

    private readonly Lock _gate = new();
    private readonly List<(string Key, GatheredListing Listing)> _kept = []; // Guarded by _gate. Oldest first.

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
        var listing = (after.IsEmpty ? null : Find(key))
            ?? await GatherAsync(folder, directory, recursive, cancellationToken);
        var page = listing.After(after.Span, limit);
        Keep(key, page.Count == limit ? listing : null);
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

    private async Task<GatheredListing> GatherAsync(
        string folder, ReadOnlyMemory<byte> directory, bool recursive, CancellationToken cancellationToken)
    {
        var listing = new GatheredListing(folder, directory, recursive);
        await foreach (var entries in api.ListAsync(folder, recursive, cancellationToken))
        {
            foreach (var entry in entries)
            {
                listing.Add(entry);
            }
        }

        listing.Sort();
        return listing;
    }

    private GatheredListing? Find(string key)
    {
        lock (_gate)
        {
            return _kept.Find(kept => kept.Key == key).Listing;
        }
    }

    private void Keep(string key, GatheredListing? listing)
    {
        lock (_gate)
        {
            _kept.RemoveAll(kept => kept.Key == key);
            if (listing is not null)
            {
                _kept.Add((key, listing));
            }

            if (_kept.Count > KeptMax)
            {
                _kept.RemoveAt(0);
            }
        }
    }
}
