using Cas.Client;
using Vfs.Core.Metadata;
using Vfs.Core.Namespace;
using Vfs.Core.Ranges;

namespace Vfs.Core.Content;

/// <summary>
/// The contents in memory, one a regular file that is in use. A content is kept while somebody uses it or while memory
/// knows more of it than the database; beyond a bound, idle ones are dropped.
/// <para>Lock: its own, outermost: contents' locks and the namespace gate may be taken under it.</para>
/// </summary>
internal sealed class ContentTable(
    Tree tree, MetadataReader reader, ContentRounds rounds, StagingDirectory staging, CacheUsage usage,
    TimeProvider clock, int contentsMax)
{
    private const int VisitsMax = 4;

    private readonly Lock _gate = new();
    private readonly Dictionary<InodeId, Entry> _entries = [];
    private readonly Queue<InodeId> _clockHand = new();

    /// <summary>
    /// The content of a regular file, kept in memory until the use is disposed. Null if the file is gone.
    /// </summary>
    public ContentUse? Use(Inode inode)
    {
        lock (_gate)
        {
            if (!_entries.TryGetValue(inode.Id, out var entry))
            {
                bool isLocal;
                lock (tree.Gate)
                {
                    tree.Inodes.TrimLocked();
                    if (tree.Inodes.GetLocked(inode.Id) is not { } current)
                    {
                        return null;
                    }

                    inode = current;
                    tree.Inodes.PinLocked(inode.Id);
                    isLocal = tree.IsLocalLocked(inode);
                }

                entry = new Entry(
                    new FileContent(inode, Load(inode.Id, inode), staging, usage, clock, isLocal));
                _entries.Add(inode.Id, entry);
                _clockHand.Enqueue(inode.Id);
            }

            entry.Users++;
            TrimLocked();
            entry.Content.LastUsed = clock.GetTimestamp();
            return new ContentUse(this, entry);
        }
    }

    /// <summary>The content of an inode that is known to be a regular file; null if it is gone.</summary>
    public ContentUse? Use(InodeId id)
    {
        Inode? inode;
        lock (tree.Gate)
        {
            inode = tree.Inodes.GetLocked(id);
        }

        return inode is { Type: InodeType.Regular } ? Use(inode) : null;
    }

    /// <summary>
    /// What the store has of a file, and whether we have more; without taking the content into memory. The default if
    /// the file has no content or is gone.
    /// </summary>
    public ContentSummary Peek(InodeId id)
    {
        Entry? entry;
        lock (_gate)
        {
            entry = _entries.GetValueOrDefault(id);
        }

        if (entry is null)
        {
            Inode? inode;
            lock (tree.Gate)
            {
                inode = tree.Inodes.FindLocked(id);
            }

            return Load(id, inode) is { } stored
                ? new ContentSummary(stored.Base, !stored.Dirty.IsEmpty || stored.Size != stored.Base.Size)
                : default;
        }

        lock (entry.Content.Gate)
        {
            return new ContentSummary(entry.Content.Base, !entry.Content.IsGone && !entry.Content.IsCleanLocked);
        }
    }

    /// <summary>What the store has of an object; nothing if it is not a regular file.</summary>
    public ContentId BaseOf(Inode inode) => inode.Type == InodeType.Regular ? Peek(inode.Id).Base : ContentId.Empty;

    /// <summary>Whether a content is in memory.</summary>
    public bool Has(InodeId id)
    {
        lock (_gate)
        {
            return _entries.ContainsKey(id);
        }
    }

    /// <summary>The names of a file may have changed: notes whether it is kept here now.</summary>
    public void NoteLocal(Inode inode)
    {
        Entry? entry;
        lock (_gate)
        {
            entry = _entries.GetValueOrDefault(inode.Id);
        }

        if (entry is null)
        {
            usage.SetLocal(inode.Id, IsLocal(inode));
            return;
        }

        lock (entry.Content.Gate)
        {
            entry.Content.SetLocalLocked(IsLocal(inode));
        }
    }

    /// <summary>The last name of a file went and that is durable: its bytes go too.</summary>
    public void Remove(Inode inode)
    {
        lock (_gate)
        {
            if (_entries.Remove(inode.Id, out var entry))
            {
                lock (entry.Content.Gate)
                {
                    entry.Content.GoLocked();
                }

                Unpin(inode.Id);
                return;
            }
        }

        // Not in memory: the file of its first and only epoch, if it has one.
        staging.File(inode.Id, FileContent.FirstEpoch).Delete();
        usage.Set(inode.Id, 0, 0, false);
    }

    /// <summary>All contents in memory, longest unused first.</summary>
    public List<FileContent> Snapshot()
    {
        lock (_gate)
        {
            return [.. _entries.Values.Select(e => e.Content).OrderBy(c => c.LastUsed)];
        }
    }

    /// <summary>
    /// What is durable of a file; or what is about to be, of one that has just come from the store: memory keeps that
    /// object until the database has it.
    /// </summary>
    private StoredContent? Load(InodeId id, Inode? inode) =>
        reader.LoadContent(id) ?? (inode?.Arrived is { } arrived
            ? arrived with { Coverage = new RangeSet(), Dirty = new RangeSet() }
            : null);

    internal void Release(Entry entry)
    {
        lock (_gate)
        {
            entry.Users--;
        }
    }

    /// <summary>Second-hand sweep: drops a few idle contents that the database knows as well as we do.</summary>
    private void TrimLocked()
    {
        for (var visits = 0; visits < VisitsMax && _entries.Count > contentsMax && _clockHand.TryDequeue(out var id); visits++)
        {
            if (!_entries.TryGetValue(id, out var entry))
            {
                continue;
            }

            if (entry.Users > 0 || !IsIdle(entry.Content))
            {
                _clockHand.Enqueue(id);
                continue;
            }

            _entries.Remove(id);
            entry.Content.Staging.Close();
            Unpin(id);
        }
    }

    private bool IsIdle(FileContent content)
    {
        // Who holds the lock may be at the disk, and everybody would wait for it here.
        if (!content.Gate.TryEnter())
        {
            return false;
        }

        try
        {
            if (!content.MayBeForgottenLocked || content.Durable.IsRunning || content.Durable.Current is not null
                || content.Fetches.Count > 0 || !content.Reads.IsEmpty)
            {
                return false;
            }

            if (content.Durable.HasUnsavedCoverage)
            {
                // Nobody else would save what reading fetched before the gateway stops; the next visit finds it idle.
                _ = rounds.SaveCoverageLocked(content);
            }

            return !content.Durable.HasWork;
        }
        finally
        {
            content.Gate.Exit();
        }
    }

    private bool IsLocal(Inode inode)
    {
        lock (tree.Gate)
        {
            return tree.IsLocalLocked(inode);
        }
    }

    private void Unpin(InodeId id)
    {
        lock (tree.Gate)
        {
            tree.Inodes.UnpinLocked(id);
        }
    }

    /// <summary>A content and how many use it.</summary>
    internal sealed class Entry(FileContent content)
    {
        public FileContent Content { get; } = content;

        public int Users { get; set; }
    }
}

/// <summary>What the store has of a file, and whether there are bytes that it lacks.</summary>
internal readonly record struct ContentSummary(ContentId Base, bool IsDirty);

/// <summary>Keeps a content in memory until disposed. Dispose exactly once.</summary>
internal readonly struct ContentUse(ContentTable table, ContentTable.Entry entry) : IDisposable
{
    public FileContent Content => entry.Content;

    public void Dispose() => table.Release(entry);
}
