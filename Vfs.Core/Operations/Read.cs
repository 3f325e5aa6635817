using System.Buffers;
using Vfs.Core.Content;
using Vfs.Core.Namespace;
using Vfs.Core.Ranges;

namespace Vfs.Core.Operations;

/// <summary>READ (RFC 1813 section 3.3.6): covered bytes at once, holes from the store within a time limit.</summary>
internal sealed class Read(Tree tree, ContentTable contents, Hydrator hydrator, TimeProvider clock, TimeSpan waitMax)
{
    // A writer that never pauses makes a reader without the lock start again; after this often it takes the lock.
    private const int FreeTries = 2;

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
            var deadline = clock.GetTimestamp() + (long)(waitMax.TotalSeconds * clock.TimestampFrequency);
            for (var isFirst = true; ; isFirst = false)
            {
                var (result, missing) = TryRead(content, offset, count);
                var fetch = missing.IsEmpty ? null : hydrator.FetchAsync(content, missing);
                if (isFirst)
                {
                    // After what is wanted, so that this gets everything first.
                    hydrator.ReadAhead(
                        content, missing.IsEmpty ? ByteRange.At(offset, (ulong)result.Count) : missing);
                }

                if (fetch is null)
                {
                    return result;
                }

                error = await WaitAsync(fetch, deadline, cancellationToken);
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

    /// <summary>Reads if all is covered; else the window that must be made so.</summary>
    private (ReadResult Result, ByteRange Missing) TryRead(FileContent content, ulong offset, int count)
    {
        IMemoryOwner<byte>? owner = null;
        for (var tries = 0; ; tries++)
        {
            long version;
            ByteRange window;
            bool isEnd;
            lock (content.Gate)
            {
                if (content.IsGone)
                {
                    owner?.Dispose();
                    return (new ReadResult(VfsError.Stale, null, 0, false, null), default);
                }

                window = Window(content.Size, offset, count);
                isEnd = offset >= content.Size || window.End == content.Size;
                if (!content.Coverage.Contains(window))
                {
                    owner?.Dispose();
                    return (default, window);
                }

                version = content.Version;
                if (window.IsEmpty || tries >= FreeTries)
                {
                    return (Fill(content, window, isEnd, ref owner), default);
                }
            }

            var result = Fill(content, window, isEnd, ref owner);
            if (content.Version == version || result.Error != VfsError.None)
            {
                return (result, default);
            }
        }
    }

    private ReadResult Fill(FileContent content, ByteRange window, bool isEnd, ref IMemoryOwner<byte>? owner)
    {
        if (window.IsEmpty)
        {
            return new ReadResult(VfsError.None, null, 0, isEnd, AttributesOf(content.Inode));
        }

        if (owner is null || owner.Memory.Length < (int)window.Length)
        {
            // A file that grew since the first try has more to give.
            owner?.Dispose();
            owner = MemoryPool<byte>.Shared.Rent((int)window.Length);
        }

        try
        {
            content.Staging.Read(window.Start, owner.Memory.Span[..(int)window.Length]);
            return new ReadResult(VfsError.None, owner, (int)window.Length, isEnd, AttributesOf(content.Inode));
        }
        catch (IOException e)
        {
            owner.Dispose();
            var attributes = AttributesOf(content.Inode);
            return new ReadResult(attributes is null ? VfsError.Stale : IoErrorMap.ToVfs(e), null, 0, false,
                attributes);
        }
    }

    private static ByteRange Window(ulong size, ulong offset, int count)
    {
        var start = Math.Min(offset, size);
        return new ByteRange(start, start + Math.Min((ulong)count, size - start));
    }

    private async ValueTask<VfsError> WaitAsync(
        Task<VfsError> fetch, long deadline, CancellationToken cancellationToken)
    {
        var ticks = deadline - clock.GetTimestamp();
        if (ticks <= 0)
        {
            return VfsError.Again;
        }

        try
        {
            return await fetch.WaitAsync(
                TimeSpan.FromSeconds((double)ticks / clock.TimestampFrequency), clock, cancellationToken);
        }
        catch (TimeoutException)
        {
            // The fetch goes on; the client asks again and finds its bytes here.
            return VfsError.Again;
        }
        catch (OperationCanceledException)
        {
            return VfsError.Again;
        }
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
}
