using System.Text;
using Cas.Client;
using Microsoft.Extensions.Logging;
using Vfs.Core.Metadata;
using Vfs.Core.Namespace;
using Vfs.Core.Sync.Merge;

namespace Vfs.Core.Sync;

/// <summary>
/// Fills a new state from the tree of a store that has one: same names, modes, owners, times and links; contents stay
/// in the store until they are read.
/// </summary>
internal sealed class TreeImport(Tree tree, IRemoteTree remote, ILogger log)
{
    private const int EntriesPerPage = 1000;

    private readonly Dictionary<ulong, (InodeId Id, TreeEntry Entry)> _links = [];
    private readonly Dictionary<byte[], InodeId> _directories = new(NameComparer.Instance);

    /// <summary>
    /// Takes everything over; returns the number of entries. Throws <see cref="StoreUnavailableException"/> if the
    /// store fails on the way: a tree with parts missing must not be served.
    /// </summary>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        await MakeRootAsync(cancellationToken);
        var count = 0;
        ReadOnlyMemory<byte> after = default;
        while (true)
        {
            var from = after;
            var page = await AskAsync(
                () => remote.ListAsync(default, true, from, EntriesPerPage, cancellationToken), cancellationToken);
            Task<VfsError>? batch;
            lock (tree.Gate)
            {
                tree.Inodes.TrimLocked();
                foreach (var item in page)
                {
                    AddLocked(item);
                }

                batch = tree.Commit.PendingLocked();
            }

            if (batch is not null && await batch is var error and not VfsError.None)
            {
                throw new StateUnavailableException("The state database cannot be written; free space on its disk.");
            }

            count += page.Count;
            if (page.Count < EntriesPerPage)
            {
                return count;
            }

            after = page[^1].Path;
        }
    }

    private async Task<T> AskAsync<T>(Func<ValueTask<CasResult<T>>> ask, CancellationToken cancellationToken)
    {
        var answer = await PatientStart.AskAsync(ask, tree.Clock, log, cancellationToken);
        return answer.IsOk
            ? answer.Value
            : throw new StoreUnavailableException($"The store's tree cannot be read: {answer.Detail}");
    }

    private async Task MakeRootAsync(CancellationToken cancellationToken)
    {
        var found = await AskAsync(() => remote.LookupAsync(default, cancellationToken), cancellationToken);
        lock (tree.Gate)
        {
            var root = tree.NewInodeLocked(InodeType.Directory);
            root.Mode = 0x1ED;
            root.Parent = root.Id;
            _directories.Add([], root.Id);
            if (found is { Entry.Kind: TreeEntryKind.Directory } item)
            {
                TreeEntryMap.Apply(item.Entry, root);
                RememberLocked(item);
            }
        }
    }

    private void AddLocked(TreeItem item)
    {
        var (directoryPath, name) = Paths.Split(item.Path.Span);
        Check(item, name);
        var directory = DirectoryLocked(directoryPath);
        if (directory.Entries!.FindExact(name) != default)
        {
            return;
        }

        // Names of one file have one kind and one content; whatever else the store says, no bytes are dropped for it.
        var isLinked = LinkGroups.IsLinked(item.Entry);
        if (isLinked && _links.TryGetValue(item.Entry.LinkId, out var linked)
            && TreeEntryMap.HasSameContent(linked.Entry, item.Entry)
            && tree.Inodes.GetLocked(linked.Id) is { } first)
        {
            first.LinkCount++;
            tree.Commit.ChangeLocked(first);
            AddNameLocked(directory, name, first);
            RememberLocked(item);
            return;
        }

        var inode = StoredObject.MakeLocked(tree, item.Entry);
        AddNameLocked(directory, name, inode);
        if (inode.IsDirectory)
        {
            directory.LinkCount++;
            tree.Commit.ChangeLocked(directory);
            _directories[item.Path.ToArray()] = inode.Id;
        }

        if (isLinked)
        {
            _links[item.Entry.LinkId] = (inode.Id, item.Entry);
        }

        RememberLocked(item);
    }

    private static void Check(TreeItem item, byte[] name)
    {
        if (StoredObject.ProblemOf(item.Entry, name) is { } problem)
        {
            throw Unusable(item.Path.Span, problem);
        }
    }

    /// <summary>A tree with parts missing must not be served, and this part cannot be.</summary>
    private static StoreUnavailableException Unusable(ReadOnlySpan<byte> path, string reason) =>
        new($"The store's tree cannot be used: '{Encoding.UTF8.GetString(path)}' {reason}.");

    /// <summary>The directory at a path; made if the store lists a path without its parents.</summary>
    private Inode DirectoryLocked(byte[] path)
    {
        if (_directories.TryGetValue(path, out var id)
            && tree.Inodes.GetDirectoryLocked(id, out var directory) == VfsError.None)
        {
            return directory;
        }

        var (parentPath, name) = Paths.Split(path);
        var parent = DirectoryLocked(parentPath);
        if (parent.Entries!.FindExact(name) != default)
        {
            throw Unusable(path, "lies below what is not a directory");
        }

        var made = tree.NewInodeLocked(InodeType.Directory);
        made.Mode = 0x1ED;
        parent.LinkCount++;
        tree.Commit.ChangeLocked(parent);
        AddNameLocked(parent, name, made);
        _directories[path] = made.Id;
        return made;
    }

    private void AddNameLocked(Inode directory, byte[] name, Inode inode) =>
        tree.AddNameLocked(directory, name, inode, isMarked: false);

    private void RememberLocked(TreeItem item) => tree.Commit.OpenLocked().Remotes.Add(
        new RemoteChange(item.Path.ToArray(), item.Version, TreeEntryMap.Encode(item.Entry)));
}
