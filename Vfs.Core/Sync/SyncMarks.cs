using Vfs.Core.Metadata;
using Vfs.Core.Namespace;

namespace Vfs.Core.Sync;

/// <summary>
/// The set of marks, in memory and in the database. Operations add to it in the batch of their change, so that what
/// is durable here is either marked or equal to the store. All members need the namespace gate.
/// </summary>
internal sealed class SyncMarks(GroupCommit commit, TimeProvider clock, TimeSpan debounce, TimeSpan ageMax)
{
    private static readonly TimeSpan s_retryMax = TimeSpan.FromMinutes(1);

    private readonly Dictionary<InodeId, Mark> _inodes = [];
    private readonly Dictionary<InodeId, Dictionary<byte[], Mark>> _names = [];

    // Each mark that nobody works on is in the queue once, at a time at or before it is due.
    private readonly PriorityQueue<Mark, DateTimeOffset> _queue = new();

    private readonly long _started = clock.GetTimestamp();

    /// <summary>Completes when the worker may have something to do; replaced each time.</summary>
    public SemaphoreSlim Changed { get; } = new(0);

    /// <summary>When it is, for debounce and backoff: an administrator who sets the clock back delays nothing.</summary>
    private DateTimeOffset Now => DateTimeOffset.UnixEpoch + clock.GetElapsedTime(_started);

    /// <summary>Number of marks that wait for the store; those that are held or only look again do not count.</summary>
    public int Count { get; private set; }

    /// <summary>Number of marks that are held: what differs from the store and is kept here.</summary>
    public int HeldCount { get; private set; }

    /// <summary>A name may differ; with <paramref name="isSubtree"/> everything below it too.</summary>
    public void AddNameLocked(InodeId directory, ReadOnlySpan<byte> name, bool isSubtree)
    {
        if (!_names.TryGetValue(directory, out var names))
        {
            names = new Dictionary<byte[], Mark>(NameComparer.Instance);
            _names.Add(directory, names);
        }

        var lookup = names.GetAlternateLookup<ReadOnlySpan<byte>>();
        if (!lookup.TryGetValue(name, out var mark))
        {
            mark = new Mark(directory, name.ToArray(), Now) { IsSubtree = isSubtree };
            names.Add(mark.Name!, mark);
            Enter(mark);
        }
        else if (isSubtree && !mark.IsSubtree)
        {
            mark.IsSubtree = true;
            commit.OpenLocked().Marks.Add(new MarkChange(directory, mark.Name, true, true));
        }

        Touch(mark);
    }

    /// <summary>An object's content or attributes may differ.</summary>
    public void AddInodeLocked(InodeId id)
    {
        if (!_inodes.TryGetValue(id, out var mark))
        {
            mark = new Mark(id, null, Now);
            _inodes.Add(id, mark);
            Enter(mark);
        }

        Touch(mark);
    }

    /// <summary>Whether a name may differ.</summary>
    public bool HasNameLocked(InodeId directory, ReadOnlySpan<byte> name) =>
        _names.TryGetValue(directory, out var names)
        && names.GetAlternateLookup<ReadOnlySpan<byte>>().ContainsKey(name);

    /// <summary>Whether an object's content or attributes may differ.</summary>
    public bool HasInodeLocked(InodeId id) => _inodes.ContainsKey(id);

    /// <summary>Takes marks that are due; each is the worker's until it is done or retried.</summary>
    public List<(Mark Mark, long Generation)> TakeDueLocked(int limit)
    {
        var taken = new List<(Mark, long)>();
        var now = Now;
        while (taken.Count < limit && _queue.TryPeek(out var mark, out var queuedFor) && queuedFor <= now)
        {
            _queue.Dequeue();
            var due = mark.Due(debounce, ageMax);
            if (due > now)
            {
                _queue.Enqueue(mark, due);
                continue;
            }

            mark.IsInFlight = true;
            mark.IsUrgent = false;
            NoLongerDone(mark);
            taken.Add((mark, mark.Generation));
        }

        return taken;
    }

    /// <summary>
    /// A taken name whose file is still being written waits for the file: true if it went back into the queue. Sending
    /// the file earlier would publish what a client has half written, and would do it while the client writes. Not if
    /// somebody waits for the name: a writer who began since must not keep him waiting.
    /// </summary>
    public bool DeferLocked(Mark mark, InodeId file)
    {
        if (mark.Name is null || mark.Waiting is { Count: > 0 } || !_inodes.TryGetValue(file, out var written) || written.IsInFlight)
        {
            return false;
        }

        var due = written.Due(debounce, ageMax);
        if (due <= Now)
        {
            return false;
        }

        mark.IsInFlight = false;
        mark.NotBefore = due;
        Queue(mark);
        return true;
    }

    /// <summary>How long until a mark may be due; null if there is none.</summary>
    public TimeSpan? UntilNextLocked()
    {
        if (!_queue.TryPeek(out _, out var due))
        {
            return null;
        }

        var wait = due - Now;
        return wait > TimeSpan.Zero ? wait : TimeSpan.Zero;
    }

    /// <summary>The store agrees as of <paramref name="generation"/>; later changes keep the mark.</summary>
    public void DoneLocked(Mark mark, long generation)
    {
        if (!IsEndedLocked(mark, generation))
        {
            return;
        }

        Count--;
        if (mark.Name is { } name)
        {
            var names = _names[mark.Inode];
            names.Remove(name);
            if (names.Count == 0)
            {
                _names.Remove(mark.Inode);
            }
        }
        else
        {
            _inodes.Remove(mark.Inode);
        }

        commit.OpenLocked().Marks.Add(new MarkChange(mark.Inode, mark.Name, false, false));
    }

    /// <summary>As <see cref="DoneLocked"/>, but something may still arrive in the store: the mark stays for a while.</summary>
    public void LookAgainLocked(Mark mark, long generation, TimeSpan delay)
    {
        if (IsEndedLocked(mark, generation))
        {
            mark.LooksAgain = true;
            mark.NotBefore = Now + delay;
            Count--;
            Queue(mark);
        }
    }

    /// <summary>
    /// What differs from the store as of <paramref name="generation"/> is kept here: the mark stays, in the database
    /// too, and nobody works on it until something happens to it.
    /// </summary>
    public void HoldLocked(Mark mark, long generation)
    {
        if (IsEndedLocked(mark, generation))
        {
            mark.IsHeld = true;
            Count--;
            HeldCount++;
        }
    }

    /// <summary>
    /// An object is gone: the marks that are held for it and for names in it, or are about to be, are looked at again.
    /// </summary>
    public void ReleaseLocked(InodeId id)
    {
        var names = _names.GetValueOrDefault(id)?.Values.AsEnumerable() ?? [];
        var marks = _inodes.GetValueOrDefault(id) is { } own ? names.Append(own) : names;
        foreach (var mark in marks.Where(mark => mark.IsHeld || mark.IsInFlight))
        {
            Touch(mark);
        }
    }

    /// <summary>It failed: back into the queue, later each time. Returns the delay.</summary>
    public TimeSpan RetryLocked(Mark mark, string reason)
    {
        mark.IsInFlight = false;
        mark.Tell(mark.Generation, reason);
        var delay = TimeSpan.FromSeconds(Math.Min(s_retryMax.TotalSeconds, 0.5 * Math.Pow(2, Math.Min(mark.Failures, 10))));
        mark.Failures++;
        mark.NotBefore = Now + delay;
        Queue(mark);
        return delay;
    }

    /// <summary>
    /// Makes all marks due now, in the order of their age; <paramref name="barrier"/> waits for each as it is now.
    /// </summary>
    public void ExpediteLocked(SyncBarrier barrier)
    {
        var all = new List<Mark>(_inodes.Values);
        foreach (var names in _names.Values)
        {
            all.AddRange(names.Values);
        }

        _queue.Clear();
        foreach (var (order, mark) in all.Where(mark => !mark.IsHeld).OrderBy(mark => mark.First).Index())
        {
            mark.IsUrgent = true;
            barrier.Add();
            (mark.Waiting ??= []).Add((barrier, mark.Generation));
            if (!mark.IsInFlight)
            {
                _queue.Enqueue(mark, DateTimeOffset.MinValue.AddTicks(order));
            }
        }

        Changed.Release();
    }

    /// <summary>Nobody works on marks any more: those who wait are told why.</summary>
    public void EndWaitsLocked(string reason)
    {
        foreach (var mark in _inodes.Values.Concat(_names.Values.SelectMany(names => names.Values)))
        {
            mark.Tell(mark.Generation, reason);
        }
    }

    /// <summary>
    /// Takes over marks that the database has. If everything is kept here they are held as they are: an overlay may
    /// have very many.
    /// </summary>
    public void Load(MetadataReader reader, bool areHeld)
    {
        lock (commit.Gate)
        {
            reader.Query("SELECT dir,name,subtree FROM unsynced_name", row =>
            {
                var mark = new Mark(row.Inode(0), row.Blob(1).ToArray(), Now) { IsSubtree = row.Long(2) != 0 };
                if (!_names.TryGetValue(mark.Inode, out var names))
                {
                    _names.Add(mark.Inode, names = new Dictionary<byte[], Mark>(NameComparer.Instance));
                }

                names.Add(mark.Name!, mark);
                Loaded(mark, areHeld);
            });
            reader.Query("SELECT inode FROM unsynced_inode", row =>
            {
                var mark = new Mark(row.Inode(0), null, Now);
                _inodes.Add(mark.Inode, mark);
                Loaded(mark, areHeld);
            });
        }
    }

    /// <summary>Work as of a generation is done; false if more has come, and then the mark is queued again.</summary>
    private bool IsEndedLocked(Mark mark, long generation)
    {
        mark.IsInFlight = false;
        mark.Failures = 0;
        mark.Tell(generation, null);
        if (mark.Generation == generation)
        {
            return true;
        }

        mark.First = mark.Last;
        Queue(mark);
        return false;
    }

    private void Loaded(Mark mark, bool isHeld)
    {
        mark.IsHeld = isHeld;
        if (isHeld)
        {
            HeldCount++;
            return;
        }

        Count++;
        Queue(mark);
    }

    private void Enter(Mark mark)
    {
        Count++;
        commit.OpenLocked().Marks.Add(new MarkChange(mark.Inode, mark.Name, mark.IsSubtree, true));
        Queue(mark);
    }

    private void Touch(Mark mark)
    {
        mark.Last = Now;
        mark.Generation++;
        if (mark.LooksAgain)
        {
            // It is due earlier than it is queued for.
            NoLongerDone(mark);
            mark.NotBefore = default;
            _queue.Remove(mark, out _, out _);
            Queue(mark);
        }
        else if (mark.IsHeld)
        {
            mark.IsHeld = false;
            mark.First = mark.Last;
            HeldCount--;
            Count++;
            Queue(mark);
        }
    }

    private void NoLongerDone(Mark mark)
    {
        Count += mark.LooksAgain ? 1 : 0;
        mark.LooksAgain = false;
    }

    private void Queue(Mark mark)
    {
        var due = mark.Due(debounce, ageMax);
        var isFirst = !_queue.TryPeek(out _, out var first) || due < first;
        _queue.Enqueue(mark, due);
        if (isFirst)
        {
            Changed.Release();
        }
    }
}
