using System.Text;
using Vfs.Core.Content;
using Vfs.Core.Namespace;
using Vfs.Core.Sync;

namespace Vfs.Core.Operations;

/// <summary>What people at the command line ask of a running gateway: status, sync, evict, space.</summary>
internal sealed class Operators(GatewayParts parts, GatewayOptions options)
{
    public FileSystemStatistics GetStatistics()
    {
        var (total, free, available) = parts.Staging.Space();
        long inodes;
        lock (parts.Tree.Gate)
        {
            inodes = parts.Tree.InodeCount;
        }

        // Inode numbers do not run out before 2^53; clients want a number they can show.
        const ulong filesMax = 1UL << 40;
        var files = filesMax - (ulong)Math.Max(0, inodes);
        return new FileSystemStatistics(total, free, SpaceGuard.Writable(available), filesMax, files, files);
    }

    public GatewayStatus GetStatus()
    {
        var sums = parts.Usage.Sums;
        var (isReachable, since, failure) = parts.Health.State;
        int queue;
        int local;
        long inodes;
        ulong taken;
        lock (parts.Tree.Gate)
        {
            // Of an overlay nothing waits, not even for the look that finds that it is kept here.
            var isOverlay = parts.Tree.LocalNames.IsAll;
            queue = isOverlay ? 0 : parts.Tree.Marks.Count;
            local = parts.Tree.Marks.HeldCount + (isOverlay ? parts.Tree.Marks.Count : 0);
            inodes = parts.Tree.InodeCount;
            taken = parts.Merge.Count;
        }

        return new GatewayStatus
        {
            DirtyBytes = sums.Dirty,
            DirtyFiles = sums.DirtyFiles,
            LocalBytes = sums.Local,
            LocalFiles = sums.LocalFiles,
            LocalChanges = local,
            OldestDirtyAge = OldestDirty() is { } oldest ? parts.Clock.GetUtcNow() - oldest : null,
            QueueLength = queue,
            CacheBytes = sums.Held,
            CacheBytesMax = options.CacheBytesMax,
            FetchedBytes = parts.Health.FetchedBytes,
            StoredBytes = parts.Health.StoredBytes,
            StoreReachable = isReachable,
            StoreSince = since,
            LastFailure = failure,
            Conflicts = parts.Conflicts.Count,
            RemoteChanges = taken,
            Inodes = (ulong)Math.Max(0, inodes),
        };
    }

    public async Task<VfsResult<IReadOnlyList<SyncedFile>>> SyncAsync(
        ReadOnlyMemory<byte> path, CancellationToken cancellationToken)
    {
        if (Resolve(path) is not { } start)
        {
            return VfsError.NoEnt;
        }

        SyncBarrier? barrier;
        ulong conflicts;
        do
        {
            // What a conflict puts aside was written before the call too, and has yet to be sent under its new name.
            conflicts = parts.Conflicts.Count;
            barrier = await parts.Worker.SendAllAsync(cancellationToken);
        }
        while (barrier is not null && parts.Conflicts.Count != conflicts);
        if (barrier is null)
        {
            return VfsError.Again;
        }

        var failures = FailuresByInode(barrier);
        var rows = new List<SyncedFile>();
        foreach (var (inode, at) in FilesBelow(start, path.Span))
        {
            if (parts.Contents.Use(inode) is { } use)
            {
                using (use)
                {
                    if (RowOf(use.Content, at, failures.GetValueOrDefault(inode.Id)) is { } row)
                    {
                        rows.Add(row);
                    }
                }
            }
        }

        return rows;
    }

    public async Task<VfsResult<ulong>> EvictAsync(ReadOnlyMemory<byte> path, CancellationToken cancellationToken)
    {
        if (Resolve(path) is not { } start)
        {
            return VfsError.NoEnt;
        }

        ulong dropped = 0;
        foreach (var (inode, _) in FilesBelow(start, path.Span))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (parts.Contents.Use(inode) is { } use)
            {
                using (use)
                {
                    dropped += await parts.Eviction.EvictAsync(use.Content);
                }
            }
        }

        return dropped;
    }

    /// <summary>Null for a file that is kept here.</summary>
    private static SyncedFile? RowOf(FileContent content, byte[] path, string? failure)
    {
        lock (content.Gate)
        {
            if (content.IsLocal)
            {
                return null;
            }

            var hash = failure is null ? content.Base.Hash.ToString() : "";
            return new SyncedFile(Encoding.UTF8.GetString(path), content.Base.Size, hash, failure);
        }
    }

    private DateTimeOffset? OldestDirty()
    {
        DateTimeOffset? oldest = null;
        foreach (var content in parts.Contents.Snapshot())
        {
            lock (content.Gate)
            {
                if (!content.IsLocal && content.DirtySince is { } since && (oldest is null || since < oldest))
                {
                    oldest = since;
                }
            }
        }

        return oldest;
    }

    private Dictionary<InodeId, string> FailuresByInode(SyncBarrier barrier)
    {
        var failures = new Dictionary<InodeId, string>();
        lock (parts.Tree.Gate)
        {
            foreach (var (mark, reason) in barrier.Failures)
            {
                var id = mark.Inode;
                if (mark.Name is { } name)
                {
                    id = parts.Tree.Inodes.GetDirectoryLocked(mark.Inode, out var directory) == VfsError.None
                        ? directory.Entries!.FindExact(name)
                        : default;
                }

                failures[id] = reason;
            }
        }

        return failures;
    }

    private Inode? Resolve(ReadOnlyMemory<byte> path)
    {
        var id = InodeId.Root;
        lock (parts.Tree.Gate)
        {
            foreach (var part in path.Span.Split((byte)'/'))
            {
                var name = path.Span[part];
                if (name.IsEmpty)
                {
                    continue;
                }

                if (parts.Tree.Inodes.GetDirectoryLocked(id, out var directory) != VfsError.None)
                {
                    return null;
                }

                id = directory.Entries!.Find(name);
            }

            return parts.Tree.Inodes.GetLocked(id);
        }
    }

    /// <summary>Regular files at and below an object with their paths, one directory in memory at a time.</summary>
    private IEnumerable<(Inode File, byte[] Path)> FilesBelow(Inode start, ReadOnlySpan<byte> path)
    {
        var pending = new Stack<(Inode Inode, byte[] Path)>();
        pending.Push((start, path.Trim((byte)'/').ToArray()));
        return Walk(pending);
    }

    private IEnumerable<(Inode File, byte[] Path)> Walk(Stack<(Inode Inode, byte[] Path)> pending)
    {
        while (pending.TryPop(out var at))
        {
            if (at.Inode.Type == InodeType.Regular)
            {
                yield return at;
            }
            else if (at.Inode.IsDirectory)
            {
                PushChildren(pending, at.Inode, at.Path);
            }
        }
    }

    private void PushChildren(Stack<(Inode, byte[])> pending, Inode directory, byte[] path)
    {
        parts.Tree.Inodes.PreloadDirectory(directory.Id);
        lock (parts.Tree.Gate)
        {
            if (parts.Tree.Inodes.GetDirectoryLocked(directory.Id, out var loaded) != VfsError.None)
            {
                return;
            }

            var position = 0;
            while (loaded.Entries!.TryNext(ref position, out var id, out var name, out _))
            {
                if (parts.Tree.Inodes.GetLocked(id) is { } child)
                {
                    pending.Push((child, Paths.Append(path, name.Span)));
                }
            }
        }
    }
}
