namespace Vfs.Core.Content;

/// <summary>Sums over all files: bytes held and bytes dirty. Each file's share is replaced as a whole.</summary>
internal sealed class CacheUsage
{
    private readonly Lock _gate = new();
    private readonly Dictionary<InodeId, (ulong Held, ulong Dirty)> _shares = [];
    private ulong _held;
    private ulong _dirty;
    private int _dirtyFiles;

    /// <summary>Over all files.</summary>
    public (ulong Held, ulong Dirty, int DirtyFiles) Sums
    {
        get
        {
            lock (_gate)
            {
                return (_held, _dirty, _dirtyFiles);
            }
        }
    }

    /// <summary>Files that hold bytes, but for those given.</summary>
    public List<InodeId> HoldersBut(HashSet<InodeId> others)
    {
        lock (_gate)
        {
            return [.. _shares.Keys.Where(id => !others.Contains(id))];
        }
    }

    /// <summary>Notes a file's share, under its lock.</summary>
    public void Set(FileContent content) =>
        Set(content.Inode.Id, content.HeldBytesLocked, content.DirtyBytesLocked);

    /// <summary>Notes a file's share. Leaf lock; may be called under any other.</summary>
    public void Set(InodeId id, ulong held, ulong dirty)
    {
        lock (_gate)
        {
            var old = _shares.GetValueOrDefault(id);
            _held = _held - old.Held + held;
            _dirty = _dirty - old.Dirty + dirty;
            _dirtyFiles += (dirty > 0 ? 1 : 0) - (old.Dirty > 0 ? 1 : 0);
            if (held == 0 && dirty == 0)
            {
                _shares.Remove(id);
            }
            else
            {
                _shares[id] = (held, dirty);
            }
        }
    }
}
