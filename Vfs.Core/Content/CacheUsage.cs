namespace Vfs.Core.Content;

/// <summary>Sums over all files: bytes held, and bytes that only we have. Each file's share is replaced as a whole.</summary>
internal sealed class CacheUsage
{
    private readonly Lock _gate = new();
    private readonly Dictionary<InodeId, Share> _shares = [];
    private CacheSums _sums;

    /// <summary>Over all files.</summary>
    public CacheSums Sums
    {
        get
        {
            lock (_gate)
            {
                return _sums;
            }
        }
    }

    /// <summary>Files that hold bytes which the store has too, but for those given.</summary>
    public List<InodeId> HoldersBut(HashSet<InodeId> others)
    {
        lock (_gate)
        {
            return [.. _shares.Where(e => e.Value.Held > e.Value.Dirty && !others.Contains(e.Key)).Select(e => e.Key)];
        }
    }

    /// <summary>Notes a file's share, under its lock.</summary>
    public void Set(FileContent content) =>
        Set(content.Inode.Id, content.HeldBytesLocked, content.DirtyBytesLocked, content.IsLocal);

    /// <summary>
    /// Notes a file's share: bytes held, and those of them that only we have; because they are kept here if
    /// <paramref name="isLocal"/>, else because they are not sent yet. Leaf lock; may be called under any other.
    /// </summary>
    public void Set(InodeId id, ulong held, ulong dirty, bool isLocal)
    {
        lock (_gate)
        {
            var share = new Share(held, dirty, isLocal);
            _sums = _sums.Without(_shares.GetValueOrDefault(id)).With(share);
            if (held == 0 && dirty == 0)
            {
                _shares.Remove(id);
            }
            else
            {
                _shares[id] = share;
            }
        }
    }

    /// <summary>A file that is not in memory is kept here from now on, or not any more.</summary>
    public void SetLocal(InodeId id, bool isLocal)
    {
        lock (_gate)
        {
            var (held, dirty, _) = _shares.GetValueOrDefault(id);
            Set(id, held, dirty, isLocal);
        }
    }
}

/// <summary>What one file holds.</summary>
internal readonly record struct Share(ulong Held, ulong Dirty, bool IsLocal);

/// <summary>What files hold together.</summary>
/// <param name="Held">Bytes in the cache, all of them.</param>
/// <param name="Dirty">Those that are not in the store yet.</param>
/// <param name="DirtyFiles">Files with such bytes.</param>
/// <param name="Local">Those that only we have because they are kept here.</param>
/// <param name="LocalFiles">Files with such bytes.</param>
internal readonly record struct CacheSums(ulong Held, ulong Dirty, int DirtyFiles, ulong Local, int LocalFiles)
{
    /// <summary>Bytes that the store has too.</summary>
    public ulong Clean => Held - Math.Min(Dirty + Local, Held);

    public CacheSums With(Share share) => share switch
    {
        { Dirty: 0 } => this with { Held = Held + share.Held },
        { IsLocal: true } => this with
        {
            Held = Held + share.Held, Local = Local + share.Dirty, LocalFiles = LocalFiles + 1,
        },
        _ => this with { Held = Held + share.Held, Dirty = Dirty + share.Dirty, DirtyFiles = DirtyFiles + 1 },
    };

    public CacheSums Without(Share share) => share switch
    {
        { Dirty: 0 } => this with { Held = Held - share.Held },
        { IsLocal: true } => this with
        {
            Held = Held - share.Held, Local = Local - share.Dirty, LocalFiles = LocalFiles - 1,
        },
        _ => this with { Held = Held - share.Held, Dirty = Dirty - share.Dirty, DirtyFiles = DirtyFiles - 1 },
    };
}
