namespace Cas.Client.Formats;

/// <summary>
/// Keeps the values that were used last, while they cost no more together than a bound; the last one stays whatever it
/// costs. The gate guards the table only.
/// </summary>
internal sealed class CostCache<T>(long costMax, Func<T, long> costOf)
    where T : class
{
    private readonly Lock _gate = new();
    private readonly Dictionary<MerkleHash, LinkedListNode<Entry>> _entries = []; // Guarded by _gate.
    private readonly LinkedList<Entry> _byUse = new(); // Guarded by _gate. Most recently used first.
    private long _cost; // Guarded by _gate.

    /// <summary>The value of this name, if it is kept.</summary>
    public T? Find(MerkleHash name)
    {
        lock (_gate)
        {
            if (!_entries.TryGetValue(name, out var node))
            {
                return null;
            }

            _byUse.Remove(node);
            _byUse.AddFirst(node);
            return node.Value.Value;
        }
    }

    /// <summary>Keeps a value, in the place of the one that had its name.</summary>
    public void Keep(MerkleHash name, T value)
    {
        lock (_gate)
        {
            RemoveLocked(name);
            var node = _byUse.AddFirst(new Entry(name, value, costOf(value)));
            _entries.Add(name, node);
            _cost += node.Value.Cost;
            while (_cost > costMax && _byUse.Count > 1)
            {
                RemoveLocked(_byUse.Last!.Value.Name);
            }
        }
    }

    /// <summary>Forgets the value of this name.</summary>
    public void Forget(MerkleHash name)
    {
        lock (_gate)
        {
            RemoveLocked(name);
        }
    }

    private void RemoveLocked(MerkleHash name)
    {
        if (_entries.Remove(name, out var node))
        {
            _byUse.Remove(node);
            _cost -= node.Value.Cost;
        }
    }

    private readonly record struct Entry(MerkleHash Name, T Value, long Cost);
}
