namespace Cas.Client.Formats;

/// <summary>
/// Keeps what was used last open, within a count. What is borrowed stays open until it is given back, also if it is
/// forgotten meanwhile. The gate guards the table and the reference counts; nothing is opened under it.
/// </summary>
internal sealed class LeaseCache<T>(Func<MerkleHash, T> open, int openMax) : IDisposable
    where T : class, IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<MerkleHash, LinkedListNode<Entry>> _entries = []; // Guarded by _gate.
    private readonly LinkedList<Entry> _byUse = new(); // Guarded by _gate. Most recently used first.

    /// <summary>Borrows; opens if needed and throws what opening throws. Dispose the lease.</summary>
    public Lease Borrow(MerkleHash name)
    {
        if (TryBorrow(name) is { } found)
        {
            return new Lease(this, found);
        }

        var mine = new Entry(name, open(name));
        lock (_gate)
        {
            // Another thread may have opened it meanwhile; then this one serves its borrower alone.
            mine.Borrowers = 1;
            var node = new LinkedListNode<Entry>(mine);
            if (_entries.TryAdd(name, node))
            {
                _byUse.AddFirst(node);
                mine.Borrowers++;
                TrimLocked();
            }
        }

        return new Lease(this, mine);
    }

    /// <summary>Forgets one, so that the next borrower opens it anew.</summary>
    public void Forget(MerkleHash name)
    {
        lock (_gate)
        {
            if (_entries.TryGetValue(name, out var node))
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

    private Entry? TryBorrow(MerkleHash name)
    {
        lock (_gate)
        {
            if (!_entries.TryGetValue(name, out var node))
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
        while (_byUse.Count > openMax)
        {
            RemoveLocked(_byUse.Last!);
        }
    }

    private void RemoveLocked(LinkedListNode<Entry> node)
    {
        _byUse.Remove(node);
        _entries.Remove(node.Value.Name);
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
            entry.Value.Dispose();
        }
    }

    /// <summary>The right to use what is open until disposed.</summary>
    internal readonly struct Lease(LeaseCache<T> owner, Entry entry) : IDisposable
    {
        public T Value => entry.Value;

        public void Dispose() => owner.Release(entry);
    }

    internal sealed class Entry(MerkleHash name, T value)
    {
        public MerkleHash Name { get; } = name;

        public T Value { get; } = value;

        /// <summary>Leases, and one for the table. Guarded by the owner's gate.</summary>
        public int Borrowers { get; set; }
    }
}
