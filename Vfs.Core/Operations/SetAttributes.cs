using Vfs.Core.Content;
using Vfs.Core.Namespace;

namespace Vfs.Core.Operations;

/// <summary>SETATTR (RFC 1813 section 3.3.2): all of the attributes or none.</summary>
internal sealed class SetAttributes(Tree tree, ContentTable contents, ContentRounds rounds, SpaceGuard space)
{
    public async ValueTask<ChangeResult> RunAsync(
        Caller caller, InodeId id, AttributeChanges changes, Timestamp? guard)
    {
        if (tree.Requests.WasDone(caller, out var done))
        {
            return new ChangeResult(VfsError.None, done.First);
        }

        return changes.Size is { } size
            ? await ResizeAsync(caller, id, changes, size, guard, static wcc => new RequestOutcome(null, wcc))
            : await ChangeAsync(caller, id, changes, guard);
    }

    private async ValueTask<ChangeResult> ChangeAsync(
        Caller caller, InodeId id, AttributeChanges changes, Timestamp? guard)
    {
        ChangeResult result;
        Task<VfsError>? batch;
        lock (tree.Gate)
        {
            tree.Inodes.TrimLocked();
            if (tree.Inodes.GetLocked(id) is not { } inode)
            {
                return new ChangeResult(VfsError.Stale, default);
            }

            var before = inode.ToWcc();
            var error = CheckLocked(inode, caller, changes, guard);
            if (error == VfsError.None)
            {
                ApplyLocked(inode, caller, changes);
                tree.ChangedLocked(inode);
            }

            result = new ChangeResult(error, Outcome.Wcc(before, inode));
            batch = error == VfsError.None ? Outcome.RecordLocked(tree, caller, new(null, result.Wcc)) : null;
        }

        var outcome = await Outcome.WhenDurableAsync(batch);
        return outcome == VfsError.None ? result : result with { Error = outcome };
    }

    /// <summary>
    /// Sets the size, as a part of another call perhaps; <paramref name="outcome"/> makes what goes on record, and is
    /// called under the gate.
    /// </summary>
    public async ValueTask<ChangeResult> ResizeAsync(
        Caller caller, InodeId id, AttributeChanges changes, ulong size, Timestamp? guard,
        Func<WccData, RequestOutcome> outcome)
    {
        var error = CheckSize(id, size, out var inode, out var wcc);
        if (error != VfsError.None)
        {
            return new ChangeResult(error, wcc);
        }

        if (contents.Use(inode!) is not { } use)
        {
            return new ChangeResult(VfsError.Stale, default);
        }

        using (use)
        {
            var content = use.Content;
            Attempt attempt;
            while ((attempt = TryResize(caller, content, changes, size, guard, outcome)).Wait is { } wait)
            {
                if (await wait is var failed and not VfsError.None)
                {
                    return new ChangeResult(failed, wcc);
                }
            }

            if (attempt.Result.Error != VfsError.None)
            {
                return attempt.Result;
            }

            var settled = await rounds.ForReply(content);
            return settled == VfsError.None ? attempt.Result : attempt.Result with { Error = settled };
        }
    }

    private VfsError CheckSize(InodeId id, ulong size, out Inode? inode, out WccData wcc)
    {
        lock (tree.Gate)
        {
            inode = tree.Inodes.GetLocked(id);
            wcc = inode is null ? default : Outcome.Unchanged(inode);
            return inode switch
            {
                null => VfsError.Stale,
                { Type: not InodeType.Regular } => VfsError.Inval,
                _ => size > VfsLimits.FileBytesMax ? VfsError.FBig : VfsError.None,
            };
        }
    }

    private Attempt TryResize(
        Caller caller, FileContent content, AttributeChanges changes, ulong size, Timestamp? guard,
        Func<WccData, RequestOutcome> outcome)
    {
        lock (content.Gate)
        {
            if (content.IsGone)
            {
                return new Attempt(new ChangeResult(VfsError.Stale, default), null);
            }

            var isChange = size != content.Size;
            if (isChange && rounds.BeforeWriteLocked(content, size) is { } wait)
            {
                return new Attempt(default, wait);
            }

            lock (tree.Gate)
            {
                var inode = content.Inode;
                var before = inode.ToWcc();
                var error = CheckLocked(inode, caller, changes, guard);
                if (error != VfsError.None)
                {
                    return new Attempt(new ChangeResult(error, Outcome.Wcc(before, inode)), null);
                }

                if (isChange && Resize(content, size) is var failed and not VfsError.None)
                {
                    return new Attempt(new ChangeResult(failed, Outcome.Wcc(before, inode)), null);
                }

                // The round says all of it in one batch: a call that is on record is done, the size included.
                ApplyLocked(inode, caller, changes);
                tree.Marks.AddInodeLocked(inode.Id);
                var wcc = Outcome.Wcc(before, inode);
                content.Durable.Changed(tree.Requests.RowOf(caller, outcome(wcc)));
                return new Attempt(new ChangeResult(VfsError.None, wcc), null);
            }
        }
    }

    private VfsError Resize(FileContent content, ulong size)
    {
        try
        {
            // Growing takes no blocks: the new bytes are a hole of the staging file that reads as zeros.
            if (size > content.Size && !space.TryTake(0))
            {
                return VfsError.NoSpc;
            }

            content.ResizeLocked(size);
            return VfsError.None;
        }
        catch (IOException e)
        {
            return IoErrorMap.ToVfs(e);
        }
    }

    private static VfsError CheckLocked(Inode inode, Caller caller, AttributeChanges changes, Timestamp? guard)
    {
        if (guard is { } expected && expected != inode.Ctime)
        {
            return VfsError.NotSync;
        }

        if (changes.Uid == uint.MaxValue || changes.Gid == uint.MaxValue)
        {
            return VfsError.Inval;
        }

        if (changes.Size is not null && !Permissions.MayWriteData(inode, caller))
        {
            return VfsError.Access;
        }

        if (caller.IsRoot)
        {
            return VfsError.None;
        }

        var isOwner = caller.Uid == inode.Uid;
        if (changes.Mode is not null && !isOwner)
        {
            return VfsError.Perm;
        }

        if (changes.Uid is { } uid && (uid != inode.Uid || !isOwner))
        {
            return VfsError.Perm;
        }

        if (changes.Gid is { } gid && (!isOwner || (gid != inode.Gid && !caller.IsInGroup(gid))))
        {
            return VfsError.Perm;
        }

        return CheckTimes(inode, caller, changes, isOwner);
    }

    private static VfsError CheckTimes(Inode inode, Caller caller, AttributeChanges changes, bool isOwner)
    {
        var setsClientTime = changes.Atime.Kind == TimeChangeKind.SetToClientTime
            || changes.Mtime.Kind == TimeChangeKind.SetToClientTime;
        if (setsClientTime && !isOwner)
        {
            return VfsError.Perm;
        }

        var setsServerTime = changes.Atime.Kind == TimeChangeKind.SetToServerTime
            || changes.Mtime.Kind == TimeChangeKind.SetToServerTime;
        return setsServerTime && !isOwner && !Permissions.MayWrite(inode, caller) ? VfsError.Access : VfsError.None;
    }

    private void ApplyLocked(Inode inode, Caller caller, AttributeChanges changes)
    {
        var now = tree.Now;
        inode.TouchCtime(now);
        if (changes.Size is { } size)
        {
            inode.Size = size;
            inode.Mtime = inode.Ctime;
            inode.Mode = caller.IsRoot ? inode.Mode : Permissions.WithoutPrivilege(inode.Mode);
        }

        ApplyOwner(inode, caller, changes);
        if (changes.Mode is { } mode)
        {
            inode.Mode = mode & Permissions.ModeMask;
            if (!caller.IsRoot && !inode.IsDirectory && !caller.IsInGroup(inode.Gid))
            {
                inode.Mode &= ~Permissions.SetGid;
            }
        }

        inode.Atime = Pick(changes.Atime, inode.Atime, now);
        inode.Mtime = Pick(changes.Mtime, inode.Mtime, now);
        inode.CreateVerifier = null;
    }

    private static void ApplyOwner(Inode inode, Caller caller, AttributeChanges changes)
    {
        if (changes.Uid is null && changes.Gid is null)
        {
            return;
        }

        inode.Uid = changes.Uid ?? inode.Uid;
        inode.Gid = changes.Gid ?? inode.Gid;
        if (!caller.IsRoot && !inode.IsDirectory)
        {
            inode.Mode = Permissions.WithoutPrivilege(inode.Mode);
        }
    }

    private static Timestamp Pick(TimeChange change, Timestamp current, Timestamp now) => change.Kind switch
    {
        TimeChangeKind.DontChange => current,
        TimeChangeKind.SetToServerTime => now,
        TimeChangeKind.SetToClientTime => change.Value,
    };

    /// <summary>One try under the lock: the outcome, or what to wait for before the next.</summary>
    private readonly record struct Attempt(ChangeResult Result, Task<VfsError>? Wait);
}
