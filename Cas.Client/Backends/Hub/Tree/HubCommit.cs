using System.Text;

namespace Cas.Client.Backends.Hub.Tree;

/// <summary>
/// One batch of changes to a bucket: all paths are looked up and compared first, then they are changed, new files
/// before deletions, then looked up again for their versions. The Hub takes a thousand lines at a time; what is done when a
/// later part fails stays done, and the next try finds it.
/// </summary>
internal sealed class HubCommit(HubApi api, IReadOnlyList<TreeChange> changes)
{
    private readonly List<string> _paths =
        [.. changes.Select(change => HubPath.Join(api.Place.Prefix, change.Path.Span)!)];

    /// <summary>Null, or what a bucket cannot hold.</summary>
    public static string? Check(IEnumerable<TreeChange> changes)
    {
        foreach (var change in changes)
        {
            if (HubPath.Join(string.Empty, change.Path.Span) is null)
            {
                return $"'{Encoding.UTF8.GetString(change.Path.Span)}' is not UTF-8, which names in a bucket are";
            }

            if (change.Entry is { } entry && HubAttributes.Kept(entry) is null)
            {
                return $"'{Encoding.UTF8.GetString(change.Path.Span)}' is a {entry.Kind}, and a bucket holds files";
            }

            if (change.Entry is { Content: var content } && PlainHash.TryRead(content.Hash, out _))
            {
                return $"'{Encoding.UTF8.GetString(change.Path.Span)}' would be a content that is not in the CAS";
            }
        }

        return null;
    }

    /// <summary>
    /// Throws <see cref="CasException"/>: Conflict, and what calls throw. After a conflict before the change nothing was
    /// changed; after one that came with it, all was, and then another writer changed a path again.
    /// </summary>
    public async Task<IReadOnlyList<TreeVersion>> RunAsync(CancellationToken cancellationToken)
    {
        // The root is always there, and has no path that could be asked for.
        var before = await FindAsync([.. _paths.Where((_, i) => changes[i].Path.Length > 0)], cancellationToken);
        for (var i = 0; i < changes.Count; i++)
        {
            RequireExpected(changes[i], _paths[i], before.GetValueOrDefault(_paths[i]));
        }

        // What has begun is finished: whoever gives up would not know what he has changed.
        foreach (var lines in Lines(before).Chunk(HubApi.PathsMax))
        {
            await api.CommitAsync(lines, CancellationToken.None);
        }

        var files = _paths.Where((_, i) => changes[i].Entry is { Kind: TreeEntryKind.File }).ToList();
        var after = await FindAsync(files, CancellationToken.None);
        for (var i = 0; i < changes.Count; i++)
        {
            RequireOurs(changes[i], _paths[i], after);
        }

        return [.. changes.Select((change, i) => VersionOf(change, _paths[i], after))];
    }

    private static void RequireExpected(TreeChange change, string path, HubEntry? found)
    {
        var version = found?.Version ?? TreeVersion.Absent;

        // A directory is there or not as its files are.
        var isExpected = version == change.Expected
            || (change.Expected == HubEntry.DirectoryVersion && found is null)
            || (change is { Entry.Kind: TreeEntryKind.Directory, Expected.Value: 0 } && found is { IsDirectory: true });
        if (!isExpected)
        {
            throw new CasException(
                CasError.Conflict, $"'{path}' is at another version than the one that would be replaced");
        }
    }

    /// <summary>Files first, so that what moves is never nowhere.</summary>
    private IEnumerable<BatchLine> Lines(Dictionary<string, HubEntry> before)
    {
        for (var i = 0; i < changes.Count; i++)
        {
            if (changes[i].Entry is { Kind: TreeEntryKind.File } file)
            {
                yield return new BatchLine(
                    _paths[i], file.Content.Hash, HubAttributes.MillisecondsOf(file.Mtime));
            }
        }

        for (var i = 0; i < changes.Count; i++)
        {
            var isFileThere = before.GetValueOrDefault(_paths[i]) is { IsDirectory: false };
            if (isFileThere && changes[i].Entry is not { Kind: TreeEntryKind.File })
            {
                yield return new BatchLine(_paths[i], null, 0);
            }
        }
    }

    private static TreeVersion VersionOf(TreeChange change, string path, Dictionary<string, HubEntry> after)
    {
        if (change.Entry is not { } entry)
        {
            return TreeVersion.Absent;
        }

        if (entry.Kind == TreeEntryKind.Directory)
        {
            return HubEntry.DirectoryVersion;
        }

        return after[path].Version;
    }

    /// <summary>
    /// Another writer who came in between saw what ours replaced, and not ours: the caller finds out which of the changes
    /// are there, and that this one is not.
    /// </summary>
    private static void RequireOurs(TreeChange change, string path, Dictionary<string, HubEntry> after)
    {
        if (change.Entry is { Kind: TreeEntryKind.File } file
            && (after.GetValueOrDefault(path) is not { IsDirectory: false } found || found.Content != file.Content))
        {
            throw new CasException(CasError.Conflict, $"'{path}' was changed by another writer at the same moment");
        }
    }

    private async Task<Dictionary<string, HubEntry>> FindAsync(
        IReadOnlyCollection<string> paths, CancellationToken cancellationToken)
    {
        var found = new Dictionary<string, HubEntry>(StringComparer.Ordinal);
        foreach (var part in paths.Chunk(HubApi.PathsMax))
        {
            foreach (var entry in await api.FindAsync(part, cancellationToken))
            {
                found[entry.Path] = entry;
            }
        }

        return found;
    }
}
