namespace Cas.Client.Formats;

/// <summary>
/// Keeps what was used last open, within a count. What is borrowed stays open until it is given back, also if it is
/// forgotten meanwhile; who asks for what is being opened waits for it. The gate guards the table and the reference
/// counts; nothing is opened under it.
/// </summary>
internal sealed class LeaseCache<TKey, T>(Func<TKey, T> open, int openMax) : IDisposable
    where TKey : struct, IEquatable<TKey>
    where T : class, IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<TKey, LinkedListNode<Entry>> _entries = []; // Guarded by _gate.
    private readonly LinkedList<Entry> _byUse = new(); // Guarded by _gate. Most recently used first.

    /// <summary>Borrows; opens if needed and throws what opening throws. Dispose the lease.</summary>
    public Lease Borrow(TKey name)
    {
        var entry = Take(name);
        try
        {
            return new Lease(this, entry, entry.Opened.Value);
        }
        catch
        {
            Abandon(entry);
            throw;
        }
    }

    /// <summary>Forgets one, so that the next borrower opens it anew.</summary>
    public void Forget(TKey name)
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

    private Entry Take(TKey name)
    {
        lock (_gate)
        {
            if (!_entries.TryGetValue(name, out var node))
            {
                node = new LinkedListNode<Entry>(new Entry(name, open) { Borrowers = 1 });
                _entries.Add(name, node);
            }
            else
            {
                _byUse.Remove(node);
            }

            _byUse.AddFirst(node);
            node.Value.Borrowers++;
            while (_byUse.Count > openMax)
            {
                RemoveLocked(_byUse.Last!);
            }

            return node.Value;
        }
    }

    /// <summary>What could not be opened is tried anew by the next borrower.</summary>
    private void Abandon(Entry entry)
    {
        lock (_gate)
        {
            if (_entries.TryGetValue(entry.Name, out var node) && node.Value == entry)
            {
                RemoveLocked(node);
            }

            ReleaseLocked(entry);
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
        if (--entry.Borrowers == 0 && entry.Opened.IsValueCreated)
        {
            entry.Opened.Value.Dispose();
        }
    }

    /// <summary>The right to use what is open until disposed.</summary>
    internal readonly struct Lease(LeaseCache<TKey, T> owner, Entry entry, T value) : IDisposable
    {
        public T Value => value;

        public void Dispose() => owner.Release(entry);
    }

    internal sealed class Entry(TKey name, Func<TKey, T> open)
    {
        public TKey Name { get; } = name;

        /// <summary>The first borrower opens it; a failure is that of all who wait.</summary>
        public Lazy<T> Opened { get; } = new(() => open(name));

        /// <summary>Leases, and one for the table. Guarded by the owner's gate.</summary>
        public int Borrowers { get; set; }
    }
}
