namespace Cas.Client.Backends.Hub.Tree;

/// <summary>
/// Names on the Hub. It keeps files with their times, and nothing else: directories are what paths begin with, so empty
/// ones are not there. It has no way to change a path only if nobody else has: before a commit its paths are looked up
/// and compared with what they should be, and looked up again afterwards. Between the two another writer can come, and
/// the last one wins. If that is he, the commit ends with a conflict; if he looked before we wrote and wrote after we
/// looked again, nobody can tell.
/// </summary>
internal sealed class HubTree(HubApi api) : IRemoteTree
{
    private readonly HubListing _listing = new(api);

    // Commits of one gateway meet each other's versions. Without a wait handle it holds nothing of the system's.
    private readonly SemaphoreSlim _writing = new(1);

    public bool IsPinned => api.Place.IsPinned;

    public bool HasEmptyDirectories => false;

    public async ValueTask<CasResult<string>> FindRevisionAsync(CancellationToken cancellationToken) =>
        await HubResult.OfAsync(() => api.FindRevisionAsync(cancellationToken));

    public TreeEntry? Kept(TreeEntry entry) => HubAttributes.Kept(entry);

    public async ValueTask<CasResult<IReadOnlyList<TreeItem>>> ListAsync(
        ReadOnlyMemory<byte> directory, bool recursive, ReadOnlyMemory<byte> after, int limit,
        CancellationToken cancellationToken)
    {
        if (limit < 1 || !TreePath.IsValid(directory.Span) || after.Length > TreePath.BytesMax)
        {
            return CasResult.Fail<IReadOnlyList<TreeItem>>(
                CasError.Invalid, $"a listing of {limit} entries, or not a path");
        }

        return await HubResult.OfAsync(
            () => _listing.PageAsync(directory, recursive, after, limit, cancellationToken));
    }

    public async ValueTask<CasResult<TreeItem?>> LookupAsync(
        ReadOnlyMemory<byte> path, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (!TreePath.IsValid(path.Span))
        {
            return CasResult.Fail<TreeItem?>(CasError.Invalid, "not a path");
        }

        return path.IsEmpty ? null : await HubResult.OfAsync(() => FindAsync(path, cancellationToken));
    }

    public async ValueTask<CasResult<IReadOnlyList<TreeVersion>>> CommitAsync(
        IReadOnlyList<TreeChange> changes, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if ((TreeBatch.Check(changes) ?? HubCommit.Check(changes)) is { } problem)
        {
            return CasResult.Fail<IReadOnlyList<TreeVersion>>(CasError.Invalid, problem);
        }

        if (api.Place.IsReadOnly && changes.Count > 0)
        {
            return CasResult.Fail<IReadOnlyList<TreeVersion>>(CasError.Forbidden, $"{api.Place.Url} is read-only");
        }

        await _writing.WaitAsync(cancellationToken);
        try
        {
            return await HubResult.OfAsync(() => new HubCommit(api, changes).RunAsync(cancellationToken));
        }
        finally
        {
            _writing.Release();
        }
    }

    private async Task<TreeItem?> FindAsync(ReadOnlyMemory<byte> path, CancellationToken cancellationToken)
    {
        if (HubPath.Join(api.Place.Prefix, path.Span) is not { } name)
        {
            return null;
        }

        var found = (await api.FindAsync([name], cancellationToken)).FirstOrDefault(entry => entry.Path == name);
        if (found is null && await _listing.IsDirectoryAsync(path, cancellationToken))
        {
            found = new HubEntry { Path = name, IsDirectory = true };
        }

        return found is null ? null : new TreeItem(path, found.ToTreeEntry(), found.Version);
    }
}
