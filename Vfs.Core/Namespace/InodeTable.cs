using Vfs.Core.Metadata;

namespace Vfs.Core.Namespace;

/// <summary>
/// The objects in memory: a bounded cache over the database. What a batch has yet to make durable stays, and so does
/// what <see cref="PinLocked"/> holds. All members but <see cref="PreloadDirectory"/> need the namespace gate.
/// <para>Nothing is dropped but by <see cref="TrimLocked"/>, which is called before an operation looks objects up: an
/// object that an operation holds is the table's until the operation leaves the gate. Were it dropped in between, the
/// next operation would load another, and not see the change.</para>
/// </summary>
internal sealed class InodeTable(
    GroupCommit commit, MetadataReader reader, int inodesMax, bool areNamesFormInsensitive)
{
    private const int VisitsMax = 4096;

    private readonly Dictionary<InodeId, Inode> _inodes = [];
    private readonly Dictionary<InodeId, int> _pins = [];
    private readonly Queue<Inode> _clock = new();
    private long _evictions;

    /// <summary>An object, from memory or the database; null if it is gone.</summary>
    public Inode? GetLocked(InodeId id)
    {
        if (!_inodes.TryGetValue(id, out var inode))
        {
            // 0 is what a name that is not there points at.
            if (id == default || reader.LoadInode(id) is not { } loaded)
            {
                return null;
            }

            inode = loaded;
            AddLocked(inode);
        }

        inode.RecentlyUsed = true;
        return inode.IsRemoved ? null : inode;
    }

    /// <summary>An object that is in memory; null if it is not, or if it is gone.</summary>
    public Inode? FindLocked(InodeId id)
    {
        if (!_inodes.TryGetValue(id, out var inode) || inode.IsRemoved)
        {
            return null;
        }

        inode.RecentlyUsed = true;
        return inode;
    }

    /// <summary>
    /// Reads the objects from one number to another that are not in memory, for a look at them in this hold of the
    /// gate; those that there is room for stay.
    /// </summary>
    public void LoadLocked(InodeId first, InodeId last, Dictionary<InodeId, Inode> loaded) =>
        reader.LoadInodes(first, last, inode =>
        {
            if (!_inodes.ContainsKey(inode.Id))
            {
                loaded.Add(inode.Id, inode);
                AdoptLocked(inode);
            }
        });

    /// <summary>A directory with its names; false with the error if it is gone or is something else.</summary>
    public VfsError GetDirectoryLocked(InodeId id, out Inode directory)
    {
        if (GetLocked(id) is not { } inode)
        {
            directory = null!;
            return VfsError.Stale;
        }

        directory = inode;
        if (!inode.IsDirectory)
        {
            return VfsError.NotDir;
        }

        if (inode.Entries is null)
        {
            var names = NewNames();
            reader.LoadDirectory(id, names, AdoptLocked);
            inode.Entries = names;
        }

        return VfsError.None;
    }

    /// <summary>
    /// Loads a directory's names without holding the gate, so that a large one does not stop everybody. Call before
    /// an operation; it is only a help, and the operation looks again.
    /// </summary>
    public void PreloadDirectory(InodeId id)
    {
        Inode? inode;
        long evictions;
        lock (commit.Gate)
        {
            TrimLocked();
            evictions = _evictions;
            inode = GetLocked(id);
            if (inode is not { IsDirectory: true, Entries: null })
            {
                return;
            }
        }

        // Nothing can change a directory's names without loading them, so what is read here is current as long as
        // nobody else has loaded them meanwhile; and they are not dropped while this object is the table's. A child
        // that was loaded, changed and evicted meanwhile would come back as it was: no eviction, no such child.
        var batch = inode.BatchNumber;
        var children = new List<Inode>();
        var names = NewNames();
        reader.LoadDirectory(id, names, children.Add);
        lock (commit.Gate)
        {
            if (inode.Entries is null && inode.BatchNumber == batch && _inodes.GetValueOrDefault(id) == inode)
            {
                inode.Entries = names;
                if (_evictions == evictions)
                {
                    children.ForEach(AdoptLocked);
                }
            }
        }
    }

    /// <summary>The names of a directory that has none yet.</summary>
    public DirectoryIndex NewNames() => new(areNamesFormInsensitive);

    /// <summary>Puts a new object into the table.</summary>
    public void AddLocked(Inode inode)
    {
        _inodes.Add(inode.Id, inode);
        _clock.Enqueue(inode);
    }

    /// <summary>Keeps an object in memory until <see cref="UnpinLocked"/>.</summary>
    public void PinLocked(InodeId id) => _pins[id] = _pins.GetValueOrDefault(id) + 1;

    /// <summary>Ends one <see cref="PinLocked"/>.</summary>
    public void UnpinLocked(InodeId id)
    {
        if (--_pins[id] == 0)
        {
            _pins.Remove(id);
        }
    }

    /// <summary>
    /// Back to the bound, before an operation looks objects up. Second chance: an object used since the last visit goes
    /// round once more.
    /// </summary>
    public void TrimLocked()
    {
        var durable = commit.DurableNumber;
        var visits = Math.Min(VisitsMax, 64 + (4 * (_inodes.Count - inodesMax)));
        for (; visits > 0 && _inodes.Count > inodesMax && _clock.TryDequeue(out var inode); visits--)
        {
            if (inode.RecentlyUsed || inode.BatchNumber > durable || _pins.ContainsKey(inode.Id)
                || inode.Id == InodeId.Root)
            {
                inode.RecentlyUsed = false;
                _clock.Enqueue(inode);
            }
            else
            {
                _inodes.Remove(inode.Id);
                _evictions++;
            }
        }
    }

    /// <summary>Children of a loaded directory are likely to be asked for; as far as there is room.</summary>
    private void AdoptLocked(Inode loaded)
    {
        if (_inodes.Count < inodesMax && !_inodes.ContainsKey(loaded.Id))
        {
            AddLocked(loaded);
        }
    }
}
