using Microsoft.Win32.SafeHandles;
using Vfs.Core.Content.Mapping;
using Vfs.Core.Content.Snapshots;
using Vfs.Core.Ranges;

namespace Vfs.Core.Content;

/// <summary>
/// One sparse local file. It is opened when needed and may be closed at any time between two calls; it never gets
/// shorter while in use. Who may write when is its content's business. Failures are IOException.
/// </summary>
internal sealed class StagingFile(StagingDirectory owner, string directory, string path)
{
    private SafeFileHandle? _handle;

    // A name that is there may still be on its way to the disk: the process before this one may have been killed.
    private bool _isNameDurable;
    private volatile bool _isDeleted;
    private volatile bool _isMapped;     // Or was; false saves deleting a file that never was the search for mappings.

    /// <summary>
    /// Fills <paramref name="into"/>. A file that ends before that was damaged from outside: its content keeps it as
    /// long as what it covers, so that lost bytes are never taken for zeros.
    /// </summary>
    public void Read(ulong offset, Span<byte> into)
    {
        while (!into.IsEmpty)
        {
            var count = Use(static (_, handle, state) => RandomAccess.Read(handle, state.Into, state.Offset),
                new ReadState(into, (long)offset));
            if (count == 0)
            {
                throw new IOException(
                    $"the staging file ends at {offset}, and its bytes to {offset + (ulong)into.Length} are missing");
            }

            into = into[count..];
            offset += (ulong)count;
        }
    }

    /// <summary>
    /// Fills <paramref name="into"/> if all of it is in memory. False if not, or if this file system does not say.
    /// </summary>
    public bool TryReadCached(ulong offset, Span<byte> into)
    {
        if (!owner.TellsCached)
        {
            return false;
        }

        var isRead = Use(static (_, handle, state) => ContentNative.TryReadCached(handle, state.Into, state.Offset),
            new ReadState(into, (long)offset));
        owner.TellsCached = isRead is not null;
        return isRead == true;
    }

    public void Write(ulong offset, ReadOnlySpan<byte> bytes) =>
        Use(static (disk, handle, state) =>
        {
            disk.Write(handle, state.Offset, state.Bytes);
            return 0;
        }, new WriteState(bytes, (long)offset));

    /// <summary>Makes a range read as zeros.</summary>
    public void Punch(ulong start, ulong end)
    {
        // What is past the end of the file reads as zeros already.
        var length = Length();
        if (start < length)
        {
            Use(static (disk, handle, state) =>
            {
                disk.Punch(handle, state.Start, state.Length);
                return 0;
            }, new PunchState((long)start, (long)(Math.Min(end, length) - start)));
        }
    }

    /// <summary>Whether a write to this range needs no more space.</summary>
    public bool HasBlocks(ulong start, ulong end) => end <= Length() && Use(
        static (_, handle, state) => !ContentNative.HasHole(handle, state.Start, state.Length),
        new PunchState((long)start, (long)(end - start)));

    /// <summary>Puts everything written on stable storage, the file's own name included.</summary>
    public void Sync()
    {
        Use(static (disk, handle, _) =>
        {
            disk.Sync(handle);
            return 0;
        }, default(PunchState));
        if (!_isNameDurable)
        {
            owner.Disk.SyncDirectory(directory);
            _isNameDurable = true;
        }
    }

    /// <summary>Makes the file this long if it is shorter; takes no blocks.</summary>
    public void Extend(ulong length)
    {
        if (Length() < length)
        {
            SetLength(length);
        }
    }

    /// <summary>Cuts the file. Only before anybody uses it.</summary>
    public void CutTo(ulong length)
    {
        if (Length() > length)
        {
            SetLength(length);
        }
    }

    public ulong Length() => File.Exists(path)
        ? (ulong)Use(static (_, handle, _) => RandomAccess.GetLength(handle), default(PunchState))
        : 0;

    /// <summary>A mapping of the file that a range lies in, pinned; null if it has to be read.</summary>
    public MappedWindow? PinWindow(ByteRange range) => owner.Mappings.Pin(this, range);

    /// <summary>Has bytes of the file copied by a thread that may wait for the disk.</summary>
    public Task LoadAsync(StagedBytes bytes) => owner.Readers.RunAsync(bytes.Load, CancellationToken.None);

    /// <summary>Maps a part of the file; null if that cannot be done now.</summary>
    public MappedWindow? Map(ByteRange part, MappingMode mode)
    {
        try
        {
            _isMapped = true;
            return Use(
                static (_, handle, state) => MappedWindow.TryMap(handle, state.Part, state.Mode, out int _),
                (Part: part, Mode: mode));
        }
        catch (IOException)
        {
            // Whoever reads the bytes instead will meet the failure, or not.
            return null;
        }
    }

    /// <summary>What the file holds now, as a clone; null if the disk has no room for one, or cannot.</summary>
    public ClonedBytes? TryClone()
    {
        try
        {
            var clone = owner.OpenUnnamed();
            if (Use(static (_, handle, to) => ContentNative.TryClone(handle, to), clone))
            {
                return new ClonedBytes(clone);
            }

            clone.Dispose();
        }
        catch (IOException)
        {
            // Whoever copies instead will meet the failure, or not.
        }

        return null;
    }

    /// <summary>The space that its first bytes take on the disk, or more where that is not known.</summary>
    public ulong AllocatedBytes(ulong end)
    {
        try
        {
            // Some file systems count blocks seconds late; all know holes at once.
            return HasBlocks(0, end) ? end : StateNative.AllocatedBytes(path) ?? 0;
        }
        catch (IOException)
        {
            return end;
        }
    }

    /// <summary>Closes the file; the next call opens it again.</summary>
    public void Close()
    {
        Interlocked.Exchange(ref _handle, null)?.Dispose();
        if (_isMapped)
        {
            owner.Mappings.Drop(this);
        }
    }

    /// <summary>Deletes it; the content is gone.</summary>
    public void Delete()
    {
        _isDeleted = true;
        Close();
        owner.Disk.Delete(path);
    }

    private void SetLength(ulong length) =>
        Use(static (disk, handle, state) =>
        {
            disk.SetLength(handle, state.Start);
            return 0;
        }, new PunchState((long)length, 0));

    private TResult Use<TState, TResult>(Func<IStagingDisk, SafeFileHandle, TState, TResult> call, TState state)
        where TState : allows ref struct
    {
        while (true)
        {
            try
            {
                return call(owner.Disk, Volatile.Read(ref _handle) ?? Open(), state);
            }
            catch (ObjectDisposedException)
            {
                // Closed to make room for another file right after it was taken: open it again.
            }
            catch (UnauthorizedAccessException e)
            {
                // What .NET makes of a disk that went read-only.
                throw new IOException(e.Message, e);
            }
            catch (ArgumentOutOfRangeException e)
            {
                // What .NET makes of EFBIG: the disk's files end before ours may.
                throw new IOException(e.Message, ContentNative.ErrorTooFar);
            }
        }
    }

    private SafeFileHandle Open()
    {
        if (_isDeleted)
        {
            throw new FileNotFoundException("the staging file is deleted");
        }

        var handle = owner.Disk.Open(path);
        if (Interlocked.CompareExchange(ref _handle, handle, null) is { } other)
        {
            handle.Dispose();
            return other;
        }

        owner.Opened(this);
        return handle;
    }

    private readonly ref struct ReadState(Span<byte> into, long offset)
    {
        public readonly Span<byte> Into = into;
        public readonly long Offset = offset;
    }

    private readonly ref struct WriteState(ReadOnlySpan<byte> bytes, long offset)
    {
        public readonly ReadOnlySpan<byte> Bytes = bytes;
        public readonly long Offset = offset;
    }

    private readonly struct PunchState(long start, long length)
    {
        public readonly long Start = start;
        public readonly long Length = length;
    }
}
