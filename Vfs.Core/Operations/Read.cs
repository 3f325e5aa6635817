using Vfs.Core.Content;
using Vfs.Core.Content.Mapping;
using Vfs.Core.Namespace;
using Vfs.Core.Ranges;

namespace Vfs.Core.Operations;

/// <summary>READ (RFC 1813 section 3.3.6): covered bytes at once, holes from the store within a time limit.</summary>
internal sealed class Read(
    Tree tree, ContentTable contents, Hydrator hydrator, DataWait missing, TimeProvider clock)
{
    public async ValueTask<ReadResult> RunAsync(
        Caller caller, InodeId id, ulong offset, int count, CancellationToken cancellationToken)
    {
        var error = Find(caller, id, out var inode);
        if (error != VfsError.None)
        {
            return new ReadResult(error, null, 0, false, AttributesOf(inode));
        }

        if (contents.Use(inode!) is not { } use)
        {
            return new ReadResult(VfsError.Stale, null, 0, false, null);
        }

        using (use)
        {
            var content = use.Content;
            var started = clock.GetTimestamp();
            for (var isFirst = true; ; isFirst = false)
            {
                var found = Find(content, offset, count);
                var fetch = found.IsMissing
                    ? missing.FetchAsync(content, found.Window, started, cancellationToken)
                    : null;
                if (isFirst)
                {
                    // After what is wanted, so that this gets everything first.
                    hydrator.ReadAhead(content, found.Window);
                }

                if (fetch is null)
                {
                    return await GiveAsync(content, found);
                }

                error = await fetch;
                if (error != VfsError.None)
                {
                    return new ReadResult(error, null, 0, false, AttributesOf(inode));
                }
            }
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
                _ => Permissions.MayReadData(inode, caller) ? VfsError.None : VfsError.Access,
            };
        }
    }

    /// <summary>Takes the bytes at this moment if all are covered; else the window that must be made so.</summary>
    private Found Find(FileContent content, ulong offset, int count)
    {
        lock (content.Gate)
        {
            if (content.IsGone)
            {
                return default(Found) with { IsGone = true };
            }

            var window = Window(content.Size, offset, count);
            if (!window.IsEmpty && !content.Coverage.Contains(window))
            {
                return new Found(window, false, null, null) { IsMissing = true };
            }

            // Attributes of the same moment: a client that got older bytes with newer times would keep them.
            var isEnd = offset >= content.Size || window.End == content.Size;
            var bytes = window.IsEmpty ? null : content.ReadLocked(window);
            return new Found(window, isEnd, bytes, AttributesOf(content.Inode));
        }
    }

    private async ValueTask<ReadResult> GiveAsync(FileContent content, Found found)
    {
        if (found.IsGone)
        {
            return new ReadResult(VfsError.Stale, null, 0, false, null);
        }

        if (found.Bytes is not { } bytes)
        {
            return new ReadResult(VfsError.None, null, 0, found.IsEnd, found.Attributes);
        }

        await bytes.ReadyAsync();
        if (bytes.Failure is { } failure)
        {
            ((IDisposable)bytes).Dispose();
            var attributes = AttributesOf(content.Inode);
            var error = attributes is null ? VfsError.Stale : IoErrorMap.ToVfs(failure);
            return new ReadResult(error, null, 0, false, attributes);
        }

        return new ReadResult(VfsError.None, bytes, (int)found.Window.Length, found.IsEnd, found.Attributes);
    }

    private static ByteRange Window(ulong size, ulong offset, int count)
    {
        var start = Math.Min(offset, size);
        return new ByteRange(start, start + Math.Min((ulong)count, size - start));
    }

    private Attributes? AttributesOf(Inode? inode)
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

    /// <summary>What there is at an offset: bytes, some that are missing, or nothing.</summary>
    private readonly record struct Found(ByteRange Window, bool IsEnd, StagedBytes? Bytes, Attributes? Attributes)
    {
        public bool IsMissing { get; init; }

        public bool IsGone { get; init; }
    }
}
