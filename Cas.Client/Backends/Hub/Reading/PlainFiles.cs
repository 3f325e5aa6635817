using Cas.Client.Backends.Hub.Http;
using Cas.Client.Backends.Hub.Tree;

namespace Cas.Client.Backends.Hub.Reading;

/// <summary>
/// Files of a repository that are not in the CAS: downloaded by ranges from the path that has them. Which path that is
/// comes out of one listing of the place, taken when the first of them is read and whenever one has moved. The gate
/// guards that listing.
/// </summary>
internal sealed class PlainFiles(HubHttp http, HubApi api)
{
    private readonly Lock _gate = new();
    private Task<Dictionary<MerkleHash, HubEntry>>? _paths; // Guarded by _gate.

    /// <summary>
    /// Fills <paramref name="destination"/>; the range is inside the file. Throws <see cref="CasException"/>.
    /// </summary>
    public async Task ReadAsync(
        ContentId content, ulong offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        var known = Paths(null);
        var isFresh = !known.IsCompleted;
        if (await TryReadAsync(known, content, offset, destination, cancellationToken)
            || (!isFresh && await TryReadAsync(Paths(known), content, offset, destination, cancellationToken)))
        {
            return;
        }

        throw new CasException(CasError.NotFound, $"{api.Place.Url} has no file any more with content {content.Hash}");
    }

    /// <summary>False if no path has the content any more.</summary>
    private async Task<bool> TryReadAsync(
        Task<Dictionary<MerkleHash, HubEntry>> paths, ContentId content, ulong offset, Memory<byte> destination,
        CancellationToken cancellationToken)
    {
        if (!(await paths.WaitAsync(cancellationToken)).TryGetValue(content.Hash, out var entry))
        {
            return false;
        }

        if (entry.Content.Size != content.Size)
        {
            throw new CasException(
                CasError.Corrupt, $"'{entry.Path}' is {entry.Content.Size} bytes long instead of {content.Size}");
        }

        var call = api.DownloadCall(entry.Path) with { Range = (offset, offset + (ulong)destination.Length - 1) };
        try
        {
            return await http.SendAsync(
                call, response => TakeAsync(response, entry, offset, destination), cancellationToken);
        }
        catch (HubFailure e) when (e is { Error: CasError.NotFound, Code: "EntryNotFound" } or { Status: 416 })
        {
            return false;
        }
    }

    private static async Task<bool> TakeAsync(
        HubResponse response, HubEntry entry, ulong offset, Memory<byte> destination)
    {
        if (response.Tag != entry.Tag)
        {
            return false;
        }

        var isWhole = offset == 0 && (ulong)destination.Length == entry.Content.Size;
        var isRange = response.Range is { } range
            && range == (offset, offset + (ulong)destination.Length - 1, entry.Content.Size);
        if (!isRange && !(isWhole && response.Status == 200))
        {
            throw new HubFailure(FailureTable.Broken, $"'{entry.Path}' came with other bytes than asked for");
        }

        await response.FillAsync(destination);
        return true;
    }

    /// <summary>The listing; another one than <paramref name="old"/>.</summary>
    private Task<Dictionary<MerkleHash, HubEntry>> Paths(Task<Dictionary<MerkleHash, HubEntry>>? old)
    {
        lock (_gate)
        {
            if (_paths is null || _paths == old || _paths.IsFaulted)
            {
                _paths = Task.Run(ListAsync);
            }

            return _paths;
        }
    }

    private async Task<Dictionary<MerkleHash, HubEntry>> ListAsync()
    {
        var found = new Dictionary<MerkleHash, HubEntry>();
        await foreach (var entries in api.ListAsync(api.Place.Prefix, true, CancellationToken.None))
        {
            foreach (var entry in entries.Where(entry => PlainHash.TryRead(entry.Content.Hash, out _)))
            {
                found[entry.Content.Hash] = entry;
            }
        }

        return found;
    }
}
