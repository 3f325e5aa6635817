using Vfs.Core.Content;
using Vfs.Core.Namespace;
using Vfs.Core.Ranges;

namespace Vfs.Core.Operations;

/// <summary>WRITE and COMMIT (RFC 1813 sections 3.3.7 and 3.3.21).</summary>
internal sealed class Write(
    Tree tree, ContentTable contents, ContentRounds rounds, SpaceGuard space, WriteVerifier verifier)
{
    public async ValueTask<WriteResult> RunAsync(
        Caller caller, InodeId id, ulong offset, ReadOnlyMemory<byte> data, Stability stability)
    {
        var error = Find(caller, id, out var inode);
        if (error == VfsError.None)
        {
            error = offset > VfsLimits.FileBytesMax || (ulong)data.Length > VfsLimits.FileBytesMax - offset
                ? VfsError.FBig
                : VfsError.None;
        }

        if (error != VfsError.None || data.IsEmpty)
        {
            return Answer(error, 0, stability, inode, default);
        }

        if (contents.Use(inode!) is not { } use)
        {
            return Answer(VfsError.Stale, 0, stability, null, default);
        }

        using (use)
        {
            var content = use.Content;
            inode = content.Inode;
            WriteAttempt attempt;
            while ((attempt = TryWrite(caller, content, offset, data.Span)).Wait is { } wait)
            {
                if (await wait is var failed and not VfsError.None)
                {
                    return Answer(failed, 0, stability, inode, default);
                }
            }

            error = attempt.Error;
            if (error == VfsError.None && stability != Stability.Unstable)
            {
                error = await rounds.ForReply(content);
            }

            return Answer(error, data.Length, stability, inode, attempt.Wcc);
        }
    }

    public async ValueTask<CommitResult> CommitAsync(InodeId id)
    {
        Inode? inode;
        WccAttributes? before;
        lock (tree.Gate)
        {
            inode = tree.Inodes.GetLocked(id);
            before = inode?.ToWcc();
        }

        if (inode is not { Type: InodeType.Regular })
        {
            var error = inode is null ? VfsError.Stale : VfsError.Inval;
            return new CommitResult(error, verifier.Value, new WccData(before, After(inode)));
        }

        // The verifier is read before the sync: if the sync loses data, the client compares an old one with it.
        var promised = verifier.Value;
        var outcome = VfsError.Stale;
        if (contents.Use(inode) is { } use)
        {
            using (use)
            {
                inode = use.Content.Inode;
                outcome = await rounds.ForReply(use.Content);
            }
        }

        return new CommitResult(outcome, promised, new WccData(before, After(inode)));
    }

    private VfsError Find(Caller caller, InodeId id, out Inode? inode)
    {
        lock (tree.Gate)
        {
            inode = tree.Inodes.GetLocked(id);
            return inode switch
            {
                null => VfsError.Stale,
                { Type: not InodeType.Regular } => VfsError.Inval,
                _ => Permissions.MayWriteData(inode, caller) ? VfsError.None : VfsError.Access,
            };
        }
    }

    private WriteAttempt TryWrite(Caller caller, FileContent content, ulong offset, ReadOnlySpan<byte> bytes)
    {
        lock (content.Gate)
        {
            if (content.IsGone)
            {
                return new WriteAttempt(VfsError.Stale, null, default);
            }

            var range = ByteRange.At(offset, (ulong)bytes.Length);
            if (rounds.BeforeWriteLocked(content, range.End) is { } wait)
            {
                return new WriteAttempt(VfsError.None, wait, default);
            }

            try
            {
                // On a full disk, what has its blocks can still be overwritten; zeros that growing made have none.
                if (!space.TryTake(range.Length)
                    && !(content.Coverage.Contains(range) && content.Staging.HasBlocks(range.Start, range.End)))
                {
                    return new WriteAttempt(VfsError.NoSpc, null, default);
                }

                content.WriteLocked(offset, bytes);
            }
            catch (IOException e)
            {
                return new WriteAttempt(IoErrorMap.ToVfs(e), null, default);
            }

            content.Durable.HasUnsavedAttributes = true;
            return new WriteAttempt(VfsError.None, null, Publish(caller, content));
        }
    }

    /// <summary>Makes size and times visible, in the hold of the content's lock that changed them.</summary>
    private WccData Publish(Caller caller, FileContent content)
    {
        lock (tree.Gate)
        {
            var inode = content.Inode;
            var before = inode.ToWcc();
            inode.Size = content.Size;
            inode.TouchData(tree.Now);
            if (!caller.IsRoot)
            {
                inode.Mode = Permissions.WithoutPrivilege(inode.Mode);
            }

            tree.Marks.AddInodeLocked(inode.Id);
            return Outcome.Wcc(before, inode);
        }
    }

    private WriteResult Answer(VfsError error, int count, Stability stability, Inode? inode, WccData wcc)
    {
        if (wcc.After is null && After(inode) is { } unchanged)
        {
            wcc = new WccData(unchanged.Wcc, unchanged);
        }

        // DATA_SYNC is answered as FILE_SYNC: ranges and attributes go in one batch.
        var committed = stability == Stability.Unstable ? Stability.Unstable : Stability.FileSync;
        return new WriteResult(error, error == VfsError.None ? count : 0, committed, verifier.Value, wcc);
    }

    private Attributes? After(Inode? inode)
    {
        if (inode is null)
        {
            return null;
        }

        lock (tree.Gate)
        {
            return inode.IsRemoved ? null : inode.ToAttributes();
        }
    }

    /// <summary>One try under the lock: done, failed, or what to wait for before the next.</summary>
    private readonly record struct WriteAttempt(VfsError Error, Task<VfsError>? Wait, WccData Wcc);
}
