using Vfs.Core.Content;
using Vfs.Core.Namespace;
using Vfs.Core.Ranges;

namespace Vfs.Core.Operations;

/// <summary>WRITE and COMMIT (RFC 1813 sections 3.3.7 and 3.3.21).</summary>
internal sealed class Write(
    Tree tree, ContentTable contents, ContentRounds rounds, SpaceGuard space, WriteVerifier verifier,
    TimeProvider clock)
{
    /// <summary>How long a call waits for the staging disk.</summary>
    private static readonly TimeSpan s_settleMax = TimeSpan.FromSeconds(30);

    public async ValueTask<WriteResult> RunAsync(
        Caller caller, InodeId id, ulong offset, ReadOnlyMemory<byte> data, Stability stability)
    {
        // Read before anything is written: if the bytes are lost later, what was promised for them is another one.
        var promised = verifier.Value;
        var error = Find(caller, id, out var inode);
        if (error == VfsError.None)
        {
            error = offset > VfsLimits.FileBytesMax || (ulong)data.Length > VfsLimits.FileBytesMax - offset
                ? VfsError.FBig
                : VfsError.None;
        }

        if (error != VfsError.None || data.IsEmpty)
        {
            return Answer(error, 0, stability, promised, inode, default);
        }

        if (contents.Use(inode!) is not { } use)
        {
            return Answer(VfsError.Stale, 0, stability, promised, null, default);
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
                    return Answer(failed, 0, stability, promised, inode, default);
                }
            }

            error = attempt.Error;
            if (error == VfsError.None && stability != Stability.Unstable)
            {
                error = await SettleAsync(content);
            }

            // After a failure the file may have gone back to what it was.
            var wcc = error == VfsError.None ? attempt.Wcc : default;
            return Answer(error, data.Length, stability, promised, inode, wcc);
        }
    }

    public async ValueTask<CommitResult> CommitAsync(InodeId id)
    {
        Inode? inode;
        lock (tree.Gate)
        {
            inode = tree.Inodes.GetLocked(id);
        }

        var error = inode is null ? VfsError.Stale : VfsError.Inval;
        if (inode is { Type: InodeType.Regular })
        {
            error = VfsError.Stale;
            if (contents.Use(inode) is { } use)
            {
                using (use)
                {
                    inode = use.Content.Inode;
                    error = await SettleAsync(use.Content);
                }
            }
        }

        // It changes nothing itself: what others changed while it waited must not look like its doing. The verifier is
        // read when all is durable, so that bytes that were lost before had another one.
        return new CommitResult(
            error, verifier.Value, After(inode) is { } now ? new WccData(now.Wcc, now) : default);
    }

    /// <summary>Waits until a content is durable. A disk that hangs must not hang the client: it asks again.</summary>
    private async ValueTask<VfsError> SettleAsync(FileContent content)
    {
        try
        {
            return await rounds.ForReply(content).WaitAsync(s_settleMax, clock);
        }
        catch (TimeoutException)
        {
            return VfsError.Again;
        }
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

    private WriteResult Answer(
        VfsError error, int count, Stability stability, ulong promised, Inode? inode, WccData wcc)
    {
        if (wcc.After is null && After(inode) is { } unchanged)
        {
            wcc = new WccData(unchanged.Wcc, unchanged);
        }

        // DATA_SYNC is answered as FILE_SYNC: ranges and attributes go in one batch.
        var committed = stability == Stability.Unstable ? Stability.Unstable : Stability.FileSync;
        return new WriteResult(error, error == VfsError.None ? count : 0, committed, promised, wcc);
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
