using Cas.Client;
using Vfs.Core.Namespace;
using Vfs.Core.Sync.Merge;

namespace Vfs.Core.Sync.Polling;

/// <summary>
/// Goes once through the store's tree, beside what is known of it, and takes over where they differ. Both come in the
/// order of paths, so that memory holds a page and what must wait for the end: what is missing, which is asked for once
/// more by its path before a name goes, and what cannot be taken before other names have gone or been seen.
/// </summary>
internal sealed class TreePass(
    Tree tree, IRemoteTree remote, TreeMerge merge, Conflicts conflicts, CommittedPaths committed, TimeProvider clock)
{
    private const int EntriesPerPage = 1000;
    private const int LookupsMax = 16;

    /// <summary>A store that hangs must not end polling for good. Stores have nearer limits for single requests.</summary>
    private static readonly TimeSpan s_requestMax = TimeSpan.FromMinutes(5);

    private readonly LinkGroups _links = new();
    private readonly List<TreeItem> _late = [];
    private readonly List<TreeItem> _directories = [];
    private readonly List<byte[]> _missing = [];
    private readonly List<byte[]> _missingFolders = [];
    private readonly HashSet<byte[]> _emptied = new(NameComparer.Instance);

    /// <summary>Whether something was left as it is, because it is newer here or in use: another pass will find it.</summary>
    public bool HasLeft { get; private set; }

    /// <summary>
    /// Runs the pass. Throws <see cref="PollException"/> if the store fails on the way: what was taken until then stays,
    /// and nothing is taken for deleted.
    /// </summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        lock (tree.Gate)
        {
            committed.BeginLocked();
        }

        try
        {
            // What is known is read from the database.
            await RequireDurableAsync();
            if (Ask(await LimitAsync(token => remote.LookupAsync(default, token), cancellationToken)) is { } root)
            {
                await SeeAsync(root, tree.Reader.LoadRemote(default)?.Version ?? TreeVersion.Absent);
            }

            await ListAsync(cancellationToken);
            await RemoveMissingAsync(cancellationToken);

            // A file that has a name here is found before it gets another one.
            foreach (var item in _late.OrderBy(item => merge.Find(item.Path) == default))
            {
                await TakeLateAsync(item);
            }

            foreach (var directory in _directories)
            {
                HasLeft |= merge.TakeTimes(directory) != Taken.Done;
            }

            await RequireDurableAsync();
        }
        finally
        {
            lock (tree.Gate)
            {
                committed.EndLocked();
            }
        }
    }

    private static T Ask<T>(CasResult<T> answer) =>
        answer.IsOk ? answer.Value : throw new PollException(answer.Error, answer.Detail ?? answer.Error.ToString());

    private async Task ListAsync(CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte> after = default;
        while (true)
        {
            var from = after;
            var page = Ask(await LimitAsync(
                token => remote.ListAsync(default, true, from, EntriesPerPage, token), cancellationToken));
            var isLast = page.Count < EntriesPerPage;

            // No path is between another and the same with a zero byte behind it.
            var known = KnownBetween(after, isLast ? Paths.Below(default).Before : [.. page[^1].Path.Span, 0]);
            foreach (var item in page)
            {
                known.Remove(item.Path.ToArray(), out var version);
                await SeeAsync(item, version);
            }

            foreach (var path in known.Keys)
            {
                var isFolder = !remote.HasEmptyDirectories
                    && merge.KnownAt(path) is { Kind: TreeEntryKind.Directory };
                (isFolder ? _missingFolders : _missing).Add(path);
            }

            await RequireDurableAsync();
            if (isLast)
            {
                return;
            }

            after = page[^1].Path;
        }
    }

    /// <summary>The paths between two that the store is known to have, with their versions.</summary>
    private Dictionary<byte[], TreeVersion> KnownBetween(ReadOnlyMemory<byte> after, byte[] before)
    {
        var known = new Dictionary<byte[], TreeVersion>(NameComparer.Instance);
        var from = after.ToArray();
        while (true)
        {
            var some = tree.Reader.LoadRemoteBetween(from, before, EntriesPerPage);
            foreach (var (path, version) in some.Where(entry => entry.Version != TreeVersion.Absent))
            {
                known.Add(path, version);
            }

            if (some.Count < EntriesPerPage)
            {
                return known;
            }

            from = some[^1].Path;
        }
    }

    private async Task SeeAsync(TreeItem item, TreeVersion known)
    {
        if (item.Version == known)
        {
            if (LinkGroups.IsLinked(item.Entry))
            {
                merge.Claim(item, _links);
            }

            return;
        }

        if (LinkGroups.IsLinked(item.Entry))
        {
            // The name that it shares a file with may come later.
            _late.Add(item);
            return;
        }

        if (await TakeAsync(item) == Taken.IsInTheWay)
        {
            _late.Add(item);
        }
    }

    private async Task<Taken> TakeAsync(TreeItem item)
    {
        var taken = await merge.TakeAsync(item, _links, isForced: false);
        HasLeft |= taken == Taken.Later;
        if (taken == Taken.Done && item.Entry.Kind == TreeEntryKind.Directory)
        {
            _directories.Add(item);
        }

        return taken;
    }

    private async Task TakeLateAsync(TreeItem item)
    {
        if (await TakeAsync(item) == Taken.IsInTheWay)
        {
            // What is below it is ours alone by now.
            HasLeft = true;
            conflicts.KeepBoth(item, merge.Find(item.Path));
        }
    }

    /// <summary>Children before the directories that they are in.</summary>
    private async Task RemoveMissingAsync(CancellationToken cancellationToken)
    {
        _missing.Reverse();
        foreach (var some in _missing.Chunk(EntriesPerPage))
        {
            var found = new TreeItem?[some.Length];
            var limits = new ParallelOptions
            {
                MaxDegreeOfParallelism = LookupsMax, CancellationToken = cancellationToken,
            };
            await Parallel.ForAsync(0, some.Length, limits, async (i, token) =>
                found[i] = Ask(await LimitAsync(limit => remote.LookupAsync(some[i], limit), token)));
            for (var i = 0; i < some.Length; i++)
            {
                if (found[i] is { } again)
                {
                    _late.Add(again);
                }
                else
                {
                    Remove(some[i]);
                }
            }

            await RequireDurableAsync();
        }

        // Such a folder is what was in it. One that never had anything in the store is here alone.
        _missingFolders.Reverse();
        foreach (var folder in _missingFolders)
        {
            if (_emptied.Contains(folder) || merge.Find(folder) == default)
            {
                Remove(folder);
            }
        }
    }

    private void Remove(byte[] path)
    {
        if (merge.TakeRemoval(path) == Taken.Later)
        {
            HasLeft = true;
            return;
        }

        _emptied.Add(Paths.Split(path).Directory);
    }

    private async Task RequireDurableAsync()
    {
        if (await merge.SettleAsync() != VfsError.None)
        {
            throw new PollException(CasError.Invalid, "the local disk cannot record it");
        }
    }

    private Task<CasResult<T>> LimitAsync<T>(
        Func<CancellationToken, ValueTask<CasResult<T>>> ask, CancellationToken cancellationToken) =>
        StoreQuestion.AskAsync(ask, s_requestMax, clock, cancellationToken);
}
