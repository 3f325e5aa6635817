using Microsoft.Win32.SafeHandles;

namespace Cas.Client.Backends.Local;

/// <summary>
/// Keeps the objects that were read last open. The gate guards the table and the reference counts; the disk is not
/// touched under it except to close a file.
/// </summary>
internal sealed class OpenObjects(ObjectDirectory objects) : IDisposable
{
    /// <summary>Enough for what one gateway reads at a time, and far below the usual 1,024 descriptors.</summary>
    public const int OpenMax = 128;

    private readonly Lock _gate = new();
    private readonly Dictionary<ContentId, LinkedListNode<Entry>> _entries = []; // Guarded by _gate.
    private readonly LinkedList<Entry> _byUse = new(); // Guarded by _gate. Most recently used first.

    /// <summary>Borrows an open object; throws as <see cref="ObjectDirectory.Open"/> does. Dispose the lease.</summary>
    public Lease Borrow(ContentId content)
    {
        if (TryBorrow(content) is { } open)
        {
            return new Lease(this, open);
        }

        var mine = new Entry(content, objects.Open(content));
        lock (_gate)
        {
            // Another reader may have opened it meanwhile; then this one serves its borrower alone.
            mine.Borrowers = 1;
            if (_entries.TryAdd(content, new LinkedListNode<Entry>(mine)))
            {
                _byUse.AddFirst(_entries[content]);
                mine.Borrowers++;
                TrimLocked();
            }
        }

        return new Lease(this, mine);
    }

    /// <summary>Forgets an object, so that the next borrower opens it anew.</summary>
    public void Forget(ContentId content)
    {
        lock (_gate)
        {
            if (_entries.TryGetValue(content, out var node))
            {
                RemoveLocked(node);
            }
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            while (_byUse.Last is { } node)
            {
                RemoveLocked(node);
            }
        }
    }

    private Entry? TryBorrow(ContentId content)
    {
        lock (_gate)
        {
            if (!_entries.TryGetValue(content, out var node))
            {
                return null;
            }

            _byUse.Remove(node);
            _byUse.AddFirst(node);
            node.Value.Borrowers++;
            return node.Value;
        }
    }

    private void TrimLocked()
    {
        while (_byUse.Count > OpenMax)
        {
            RemoveLocked(_byUse.Last!);
        }
    }

    private void RemoveLocked(LinkedListNode<Entry> node)
    {
        _byUse.Remove(node);
        _entries.Remove(node.Value.Content);
        ReleaseLocked(node.Value);
    }

    private void Release(Entry entry)
    {
        lock (_gate)
        {
            ReleaseLocked(entry);
        }
    }

    private static void ReleaseLocked(Entry entry)
    {
        if (--entry.Borrowers == 0)
        {
            entry.Handle.Dispose();
        }
    }

    /// <summary>The right to use an open file until disposed.</summary>
    internal readonly struct Lease(OpenObjects owner, Entry entry) : IDisposable
    {
        public SafeFileHandle Handle => entry.Handle;

        public void Dispose() => owner.Release(entry);
    }

    internal sealed class Entry(ContentId content, SafeFileHandle handle)
    {
        public ContentId Content { get; } = content;

        public SafeFileHandle Handle { get; } = handle;

        /// <summary>Leases, and one for the table. Guarded by the owner's gate.</summary>
        public int Borrowers { get; set; }
    }
}
