using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Vfs.Core.Ranges;

namespace Vfs.Core.Content.Mapping;

/// <summary>
/// What a READ found in a staging file, from the moment at which the content's lock was held until the reply is sent.
/// The bytes stay in the staging file until somebody needs a copy; whoever is about to change them there has them copied
/// first. So they never change, and a reply can be sent from a mapping of the file.
/// <para>Lock: its own, under the content's. It spans reading the staging file, and a system call that takes the bytes
/// from the mapping and does not wait.</para>
/// </summary>
internal sealed class StagedBytes(StagedReads reads, StagingFile staging, ByteRange range, ulong size)
    : MemoryManager<byte>, IFileBytes
{
    // Copying is cheaper where the copy is still in the cache of the processor when it is sent.
    private const int MappedBytesMin = 256 << 10;

    private readonly Lock _gate = new();
    private MappedWindow? _window;      // Guarded by _gate; pinned. None once there is a copy or a failure.
    private byte[]? _copy;              // Guarded by _gate; rented.
    private IOException? _failure;      // Guarded by _gate.
    private bool _isDisposed;           // Guarded by _gate.

    public ByteRange Range => range;

    /// <summary>Where <see cref="StagedReads"/> keeps it; guarded by that.</summary>
    public int Place { get; set; } = StagedReads.Nowhere;

    public override Memory<byte> Memory => CreateMemory((int)range.Length);

    /// <summary>Why the bytes cannot be had, once somebody tried in vain.</summary>
    public IOException? Failure
    {
        get
        {
            lock (_gate)
            {
                return _failure;
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask ReadyAsync()
    {
        var isShort = range.Length < MappedBytesMin;
        if (isShort && TryLoadCached())
        {
            return default;
        }

        if (!IsResident())
        {
            return new ValueTask(staging.LoadAsync(this));
        }

        if (isShort)
        {
            Load();
        }

        return default;
    }

    /// <summary>Whether nothing has to be waited for: the bytes are in memory, or known to be lost.</summary>
    public bool IsResident()
    {
        lock (_gate)
        {
            if (_copy is not null || _failure is not null)
            {
                return true;
            }

            _window ??= staging.PinWindow(range);
            return _window is not null
                && _window.IsResident(Residency.PagesToCheck(range, size, (ulong)Environment.SystemPageSize));
        }
    }

    /// <summary>Copies the bytes, unless that is done: what happens to the file does not matter any more.</summary>
    public void Load()
    {
        lock (_gate)
        {
            LoadLocked(isWaiting: true);
        }

        reads.Remove(this);
    }

    /// <inheritdoc/>
    public void CopyTo(int start, Span<byte> into)
    {
        lock (_gate)
        {
            ThrowIfLostLocked();
            if (_copy is null)
            {
                staging.Read(range.Start + (ulong)start, into);
            }
            else
            {
                _copy.AsSpan(start, into.Length).CopyTo(into);
            }
        }
    }

    public override Span<byte> GetSpan() => Copied().AsSpan(0, (int)range.Length);

    /// <summary>Holds the lock until unpinned, unless there is a copy.</summary>
    public override unsafe MemoryHandle Pin(int elementIndex = 0)
    {
        _gate.Enter();
        if (_window is not null)
        {
            return new MemoryHandle((byte*)_window.AddressOf(range) + elementIndex, pinnable: this);
        }

        _gate.Exit();
        return Copied().AsMemory(elementIndex).Pin();
    }

    public override void Unpin() => _gate.Exit();

    protected override void Dispose(bool disposing)
    {
        lock (_gate)
        {
            _isDisposed = true;
            UnpinWindowLocked();
            if (_copy is not null)
            {
                ArrayPool<byte>.Shared.Return(_copy);
                _copy = null;
            }
        }

        reads.Remove(this);
    }

    /// <summary>Copies the bytes if that does not wait for the disk; false also if nobody knows.</summary>
    private bool TryLoadCached()
    {
        lock (_gate)
        {
            LoadLocked(isWaiting: false);
            if (_copy is null)
            {
                return false;
            }
        }

        reads.Remove(this);
        return true;
    }

    private byte[] Copied()
    {
        Load();
        lock (_gate)
        {
            ThrowIfLostLocked();
            return _copy!;
        }
    }

    private void LoadLocked(bool isWaiting)
    {
        if (_copy is not null || _failure is not null || _isDisposed)
        {
            return;
        }

        var copy = ArrayPool<byte>.Shared.Rent((int)range.Length);
        if (TryFill(copy.AsSpan(0, (int)range.Length), isWaiting))
        {
            _copy = copy;
        }
        else
        {
            ArrayPool<byte>.Shared.Return(copy);
        }

        if (_copy is not null || _failure is not null)
        {
            UnpinWindowLocked();
        }
    }

    private bool TryFill(Span<byte> into, bool isWaiting)
    {
        try
        {
            if (!isWaiting)
            {
                return staging.TryReadCached(range.Start, into);
            }

            staging.Read(range.Start, into);
            return true;
        }
        catch (IOException e)
        {
            _failure = e;
            return false;
        }
    }

    private void UnpinWindowLocked()
    {
        _window?.Unpin();
        _window = null;
    }

    private void ThrowIfLostLocked()
    {
        if (_failure is not null)
        {
            ThrowLost(_failure);
        }

        ObjectDisposedException.ThrowIf(_isDisposed, this);
    }

    [DoesNotReturn]
    private static void ThrowLost(IOException failure) => throw new IOException(failure.Message, failure);
}
