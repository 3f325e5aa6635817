namespace Vfs.Core.Content;

/// <summary>Sums over all files: covered and dirty bytes. Each file's share is replaced as a whole.</summary>
internal sealed class CacheUsage
{
    private readonly Lock _gate = new();
    private readonly Dictionary<InodeId, (ulong Covered, ulong Dirty)> _shares = [];
    private ulong _covered;
    private ulong _dirty;
    private int _dirtyFiles;

    /// <summary>Bytes covered by files in memory.</summary>
    public (ulong Covered, ulong Dirty, int DirtyFiles) Sums
    {
        get
        {
            lock (_gate)
            {
                return (_covered, _dirty, _dirtyFiles);
            }
        }
    }

    /// <summary>
    /// Files that hold bytes: first those not in <paramref name="inMemory"/> (nobody used them since the start), then
    /// those that are, in its order.
    /// </summary>
    public List<InodeId> Holders(List<InodeId> inMemory)
    {
        var used = inMemory.ToHashSet();
        lock (_gate)
        {
            var holders = _shares.Keys.Where(id => !used.Contains(id)).ToList();
            holders.AddRange(inMemory.Where(_shares.ContainsKey));
            return holders;
        }
    }

    /// <summary>Notes a file's share. Leaf lock; may be called under any other.</summary>
    public void Set(FileContent content, ulong covered, ulong dirty) => Set(content.Inode.Id, covered, dirty);

    /// <inheritdoc cref="Set(FileContent, ulong, ulong)"/>
    public void Set(InodeId id, ulong covered, ulong dirty)
    {
        lock (_gate)
        {
            var old = _shares.GetValueOrDefault(id);
            _covered = _covered - old.Covered + covered;
            _dirty = _dirty - old.Dirty + dirty;
            _dirtyFiles += (dirty > 0 ? 1 : 0) - (old.Dirty > 0 ? 1 : 0);
            if (covered == 0 && dirty == 0)
            {
                _shares.Remove(id);
            }
            else
            {
                _shares[id] = (covered, dirty);
            }
        }
    }
}
