using Cas.Client;
using Vfs.Core.Content.Mapping;
using Vfs.Core.Content.Snapshots;
using Vfs.Core.Metadata;
using Vfs.Core.Namespace;
using Vfs.Core.Ranges;

namespace Vfs.Core.Content;

/// <summary>
/// The bytes of one file: an immutable base in the store, and a sparse staging file on it that is read cache and
/// write buffer in one.
/// <list type="bullet">
/// <item>Dirty and Frozen lie inside Coverage; a byte below the end of the base that is not covered is a hole, and the
/// base has it; a byte at or past the end of the base is always dirty or frozen.</item>
/// <item>The staging file's bytes in [Size, <see cref="_garbageEnd"/>) are left over from before a shrink; growing
/// zeroes them first. They are kept until the shrink is durable, so that a crash shows the old file or the new.</item>
/// </list>
/// <para>Lock: <see cref="Gate"/> guards everything here. It spans local disk work on the staging file (a write, a
/// punch, a copy aside) and nothing else; the namespace gate may be taken under it, never the reverse.</para>
/// </summary>
internal sealed class FileContent
{
    /// <summary>The epoch of a file that never got a base from elsewhere.</summary>
    public const ulong FirstEpoch = 1;

    // To clone less than this is dearer than to copy the part of it that is written to meanwhile.
    private const ulong ClonedBytesMin = 4 << 20;

    private readonly StagingDirectory _directory;
    private readonly CacheUsage _usage;
    private readonly TimeProvider _clock;
    private ulong _garbageEnd;
    private ulong _blocklessBytes;      // Covered zeros that nobody wrote, as of the last flush.

    public FileContent(
        Inode inode, StoredContent? stored, StagingDirectory directory, CacheUsage usage, TimeProvider clock,
        bool isLocal = false)
    {
        Inode = inode;
        IsLocal = isLocal;
        _directory = directory;
        _usage = usage;
        _clock = clock;
        Drought = new Drought(clock);
        Coverage = new RangeSet();
        Dirty = new RangeSet();
        if (stored is null)
        {
            Staging = directory.File(inode.Id, Epoch);
        }
        else
        {
            Restore(stored);
        }

        // Bytes past the end may be of writes that a crash undid; nobody maps or reads the file yet.
        Staging!.CutTo(Size);
        DropMissingCoverage(Staging.Length());
    }

    /// <summary>Guards this object.</summary>
    public Lock Gate { get; } = new();

    public Inode Inode { get; }

    public StagingFile Staging { get; private set; }

    /// <summary>What the store has.</summary>
    public ContentId Base { get; private set; }

    /// <summary>What clients see.</summary>
    public ulong Size { get; private set; }

    /// <summary>Names the staging file.</summary>
    public ulong Epoch { get; private set; } = FirstEpoch;

    /// <summary>Ranges of the staging file that hold real bytes.</summary>
    public RangeSet Coverage { get; private set; }

    /// <summary>Ranges newer than the base.</summary>
    public RangeSet Dirty { get; private set; }

    /// <summary>Ranges that a running flush took.</summary>
    public FlushSnapshot? Snapshot { get; private set; }

    /// <summary>Since when there are dirty bytes; null if there are none.</summary>
    public DateTimeOffset? DirtySince { get; private set; }

    /// <summary>Whether the file is kept here: what is dirty stays so, and nobody waits for it to be sent.</summary>
    public bool IsLocal { get; private set; }

    /// <summary>Whether the last name of the file is gone: nothing is kept, fetched or sent any more.</summary>
    public bool IsGone { get; private set; }

    /// <summary>What has to become durable, and what the durable row says; see <see cref="ContentRounds"/>.</summary>
    public DurableState Durable { get; } = new();

    /// <summary>Fetches that run; those of one base get no byte twice.</summary>
    public List<Fetch> Fetches { get; } = [];

    /// <summary>How long readers have asked in vain.</summary>
    public Drought Drought { get; }

    /// <summary>Who reads it sequentially.</summary>
    public ReadStreams Streams { get; } = new();

    /// <summary>Timestamp of the last use.</summary>
    public long LastUsed { get; set; }

    /// <summary>The same for its parts, for making room.</summary>
    public PartUses Uses { get; } = new();

    /// <summary>Reads whose bytes are still in the staging file.</summary>
    public StagedReads Reads { get; } = new();

    /// <summary>Bytes that only we have.</summary>
    public ulong DirtyBytesLocked => Dirty.TotalBytes + (Snapshot?.Frozen.TotalBytes ?? 0);

    /// <summary>What the cache counts: bytes that only we have, and clean ones that take space on the disk.</summary>
    public ulong HeldBytesLocked
    {
        get
        {
            var clean = Coverage.TotalBytes - Math.Min(DirtyBytesLocked, Coverage.TotalBytes);
            return Coverage.TotalBytes - Math.Min(_blocklessBytes, clean);
        }
    }

    /// <summary>Whether the store has every byte.</summary>
    public bool IsCleanLocked => Dirty.IsEmpty && Snapshot is null && Size == Base.Size;

    /// <summary>
    /// Whether memory may forget it once the database knows what we know. A file that waits to be sent stays, since it
    /// is needed soon; one that is kept here may wait for ever, and goes unless it would forget what is in the cache.
    /// </summary>
    public bool MayBeForgottenLocked => IsCleanLocked || (IsLocal && Snapshot is null && CleanLocked().IsEmpty);

    /// <summary>The file is kept here from now on, or not any more.</summary>
    public void SetLocalLocked(bool isLocal)
    {
        IsLocal = isLocal;
        _usage.Set(this);
    }

    /// <summary>Begins to read a range that is covered, not empty; the caller disposes what it gets.</summary>
    public StagedBytes ReadLocked(ByteRange range) => Reads.AddLocked(Staging, range, Size);

    /// <summary>
    /// Whether the next flush clones the staging file. That writes it out first, so it should have been: nobody else gets
    /// at the file meanwhile.
    /// </summary>
    public bool WantsCloneLocked => _directory.HasClones && Dirty.TotalBytes >= ClonedBytesMin;

    /// <summary>The parts of a window below the end of file that must be fetched first.</summary>
    public List<ByteRange> HolesLocked(ByteRange window) =>
        Coverage.Missing(window.Intersect(new ByteRange(0, Size)));

    /// <summary>
    /// Whether growing must wait for a round: a shrink that is not durable yet left bytes past the end, and zeroing
    /// them would destroy what a crash has to bring back.
    /// </summary>
    public bool MustSettleLocked(ulong end) => Durable.Shrinks > Durable.DurableShrinks && end > Size && _garbageEnd > Size;

    /// <summary>What the database must say is dirty.</summary>
    public RangeSet AllDirtyLocked()
    {
        var all = Dirty.Clone();
        if (Snapshot is { } snapshot)
        {
            all.UnionWith(snapshot.Frozen);
            all.Clip(Size);
        }

        return all;
    }

    /// <summary>
    /// Writes and dirties; a gap between the old end and the write becomes zeros. Throws IOException if the disk
    /// refuses; then size and holes are as before, and of the bytes that were here each is the old or the new one.
    /// </summary>
    public void WriteLocked(ulong offset, ReadOnlySpan<byte> bytes)
    {
        var range = ByteRange.At(offset, (ulong)bytes.Length);
        ZeroGapLocked(range.Start);
        SaveLocked(range);
        WriteStagingLocked(range, bytes);
        DirtyLocked(new ByteRange(Math.Min(range.Start, Size), range.End));
        Size = Math.Max(Size, range.End);
    }

    /// <summary>Shrinks, or grows with zeros.</summary>
    public void ResizeLocked(ulong size)
    {
        if (size < Size)
        {
            _garbageEnd = Math.Max(_garbageEnd, Size);
            Durable.Shrinks++;
            Coverage.Clip(size);
            Dirty.Clip(size);
            Durable.Pending.Clip(size);
            _usage.Set(this);
        }
        else if (size > Size)
        {
            ZeroGapLocked(size);
            Staging.Extend(size);
            Durable.HasUnsynced = true;
            DirtyLocked(new ByteRange(Size, size));
        }

        Size = size;
        DirtySince ??= IsCleanLocked ? null : _clock.GetUtcNow();
        Durable.NeedsRow = true;
    }

    /// <summary>
    /// Stores fetched bytes where there are still holes; nothing if the base is not the one they are of. Running
    /// reads need not be saved: they are of what was covered, and a range that was dropped meanwhile is filled with the
    /// bytes that it had.
    /// </summary>
    public void FillLocked(ContentId basis, ulong offset, ReadOnlySpan<byte> bytes)
    {
        if (Base != basis || IsGone)
        {
            return;
        }

        var window = ByteRange.At(offset, (ulong)bytes.Length).Intersect(new ByteRange(0, Size));
        foreach (var hole in Coverage.Missing(window))
        {
            Staging.Write(hole.Start, bytes.Slice((int)(hole.Start - offset), (int)hole.Length));
            Coverage.Add(hole);
            Durable.HasUnsynced = true;
            Durable.HasUnsavedCoverage = true;
        }

        Uses.Note(window, LastUsed);
        _usage.Set(this);
    }

    /// <summary>Takes the dirty ranges for a flush; there is none running.</summary>
    public FlushSnapshot FreezeLocked(IContentStore store)
    {
        IFrozenBytes? clone = WantsCloneLocked ? Staging.TryClone() : null;
        var bytes = clone ?? new CopiedAside(Gate, Staging, _directory, Dirty);
        var snapshot = new FlushSnapshot(bytes, store, Base, Size, Dirty);
        Snapshot = snapshot;
        Dirty = new RangeSet();
        DirtySince = null;
        return snapshot;
    }

    /// <summary>The flush is in the store: what it took is clean.</summary>
    public void FlushedLocked(FlushSnapshot snapshot, ContentId content)
    {
        if (Snapshot != snapshot)
        {
            return;
        }

        Base = content;
        Snapshot = null;
        CountBlocksLocked();
        Durable.NeedsRow = true;
        DirtySince ??= IsCleanLocked ? null : _clock.GetUtcNow();
        _usage.Set(this);
    }

    /// <summary>The flush failed: what it took is dirty again.</summary>
    public void UnfreezeLocked(FlushSnapshot snapshot, DateTimeOffset? since)
    {
        if (Snapshot != snapshot)
        {
            return;
        }

        Snapshot = null;
        Dirty.UnionWith(snapshot.Frozen);
        Dirty.Clip(Size);
        DirtySince = since ?? _clock.GetUtcNow();
        _usage.Set(this);
    }

    /// <summary>Ranges that could be dropped: covered, and in the base too.</summary>
    public RangeSet CleanLocked()
    {
        var clean = Coverage.Clone();
        clean.ExceptWith(Dirty);
        if (Snapshot is { } snapshot)
        {
            clean.ExceptWith(snapshot.Frozen);
        }

        return clean;
    }

    /// <summary>Makes ranges holes again; their bytes stay until <see cref="PunchLocked"/>.</summary>
    public void UncoverLocked(RangeSet ranges)
    {
        Coverage.ExceptWith(ranges);
        Durable.HasUnsavedCoverage = true;
        _usage.Set(this);
    }

    /// <summary>Gives blocks back: of these ranges, those that are holes still.</summary>
    public void PunchLocked(RangeSet ranges)
    {
        foreach (var range in ranges)
        {
            foreach (var hole in Coverage.Missing(range))
            {
                PunchStagingLocked(hole);
            }
        }
    }

    /// <summary>Gives back what a durable shrink left past the end.</summary>
    public void DropGarbageLocked()
    {
        if (_garbageEnd > Size)
        {
            PunchStagingLocked(new ByteRange(Size, _garbageEnd));
        }

        _garbageEnd = 0;
    }

    /// <summary>Whether the base can be another now: nothing is ours, and nothing of it is on its way to the disk.</summary>
    public bool MayRebaseLocked =>
        !IsGone && IsCleanLocked && !Durable.HasWork && !Durable.IsRunning
        && (!Durable.IsTrusted || (Coverage.IsEmpty && !Durable.HasUnsavedCoverage));

    /// <summary>
    /// The store has other bytes now: nothing that is covered is of them. Their coverage is not believed after a crash
    /// any more, and running reads were saved, or new bytes could be taken for old ones.
    /// </summary>
    public void RebaseLocked(ContentId basis)
    {
        _garbageEnd = Math.Max(_garbageEnd, Size);
        Coverage.Clear();
        Base = basis;
        Size = basis.Size;
        Drought.End();
        CountBlocksLocked();
        _usage.Set(this);
    }

    /// <summary>
    /// Back to what is durable, after the disk failed to make more durable: as after a crash, clients send the rest
    /// again.
    /// </summary>
    public void RevertLocked(StoredContent? stored)
    {
        // What was covered may be fetched anew, with other bytes.
        Reads.SaveLocked(new ByteRange(0, ulong.MaxValue));
        var end = Math.Max(Size, _garbageEnd);
        Snapshot = null;
        Durable.Reset();
        Restore(stored ?? new StoredContent(0, ContentId.Empty, Epoch, false, new RangeSet(), new RangeSet(), 0));
        Durable.HasRow = stored is not null;
        Coverage = Dirty.Clone();
        _garbageEnd = end;
        _usage.Set(this);
    }

    /// <summary>The last name is gone.</summary>
    public void GoLocked()
    {
        IsGone = true;
        Reads.SaveLocked(new ByteRange(0, ulong.MaxValue));
        Snapshot = null;
        Coverage.Clear();
        Dirty.Clear();
        DirtySince = null;
        _usage.Set(this);
        Staging.Delete();
    }

    private void Restore(StoredContent stored)
    {
        Size = stored.Size;
        Base = stored.Base;
        Epoch = stored.Epoch;
        Staging ??= _directory.File(Inode.Id, Epoch);
        Dirty = stored.Dirty;
        Coverage = stored.IsTrusted ? stored.Coverage : stored.Dirty.Clone();
        Durable.Restored(stored);
        CountBlocksLocked();
        DirtySince = IsCleanLocked ? null : _clock.GetUtcNow();
        _usage.Set(this);
    }

    /// <summary>Zeros that nobody wrote take no space, and must not drive out of the cache what does.</summary>
    private void CountBlocksLocked()
    {
        var taken = Coverage.IsEmpty ? 0 : Staging.AllocatedBytes(Coverage.End);
        _blocklessBytes = Coverage.TotalBytes - Math.Min(taken, Coverage.TotalBytes);
    }

    /// <summary>
    /// Somebody cut or removed the staging file: what the base has is fetched again, and what only we had stays dirty
    /// and cannot be read or sent.
    /// </summary>
    private void DropMissingCoverage(ulong length)
    {
        if (Coverage.End > length)
        {
            Coverage.Clip(length);
            Coverage.UnionWith(Dirty);
            _usage.Set(this);
        }
    }

    private void DirtyLocked(ByteRange range)
    {
        Coverage.Add(range);
        Dirty.Add(range);
        Durable.Pending.Add(range);
        Uses.Note(range, LastUsed);
        DirtySince ??= _clock.GetUtcNow();
        _usage.Set(this);
    }

    private void WriteStagingLocked(ByteRange range, ReadOnlySpan<byte> bytes)
    {
        Durable.HasUnsynced = true;
        try
        {
            Staging.Write(range.Start, bytes);
        }
        catch (IOException)
        {
            // A part may have been written. What was clean is not known to be the base's any more, and what lies past
            // the end must not come out when the file grows.
            foreach (var here in Coverage.Within(range))
            {
                DirtyLocked(here);
            }

            _garbageEnd = Math.Max(_garbageEnd, range.End);
            throw;
        }
    }

    /// <summary>Zeroes what an earlier shrink left between the end of file and <paramref name="upTo"/>.</summary>
    private void ZeroGapLocked(ulong upTo)
    {
        var end = Math.Min(upTo, _garbageEnd);
        if (end > Size)
        {
            PunchStagingLocked(new ByteRange(Size, end));
        }
    }

    private void PunchStagingLocked(ByteRange range)
    {
        SaveLocked(range);
        Staging.Punch(range.Start, range.End);
        Durable.HasUnsynced = true;
    }

    /// <summary>Saves aside what others still want of a range of the staging file that is about to change.</summary>
    private void SaveLocked(ByteRange range)
    {
        Reads.SaveLocked(range);
        Snapshot?.SaveLocked(range);
    }
}
