namespace Vfs.Core.Sync;

/// <summary>
/// Something that may differ from the store's tree: a name in a directory, or (without a name) an object under all its
/// names. Guarded by the namespace gate.
/// </summary>
internal sealed class Mark(InodeId inode, byte[]? name, DateTimeOffset now)
{
    /// <summary>The directory of the name, or the object itself.</summary>
    public InodeId Inode { get; } = inode;

    public byte[]? Name { get; } = name;

    /// <summary>Whether everything below the name may differ too: it was moved here.</summary>
    public bool IsSubtree { get; set; }

    public DateTimeOffset First { get; set; } = now;

    public DateTimeOffset Last { get; set; } = now;

    /// <summary>Not before this time: set after a failure, and by <see cref="LooksAgain"/>.</summary>
    public DateTimeOffset NotBefore { get; set; }

    /// <summary>Whether it is done, and waits only to see that nothing late has undone it.</summary>
    public bool LooksAgain { get; set; }

    /// <summary>Counts what happened to it; clearing needs the count that was seen when work began.</summary>
    public long Generation { get; set; }

    /// <summary>Whether a worker has it.</summary>
    public bool IsInFlight { get; set; }

    /// <summary>
    /// Whether nobody works on it until it is touched: it is about something that differs from the store and is kept
    /// here.
    /// </summary>
    public bool IsHeld { get; set; }

    /// <summary>Failures in a row.</summary>
    public int Failures { get; set; }

    /// <summary>Asked for by an operator: neither debounce nor backoff counts.</summary>
    public bool IsUrgent { get; set; }

    /// <summary>Who waits for this mark, and for which generation of it.</summary>
    public List<(SyncBarrier Barrier, long Generation)>? Waiting { get; set; }

    /// <summary>Work up to <paramref name="generation"/> ended; with a reason if it failed.</summary>
    public void Tell(long generation, string? failure)
    {
        if (Waiting is null)
        {
            return;
        }

        foreach (var (barrier, wanted) in Waiting)
        {
            if (failure is not null || wanted <= generation)
            {
                barrier.Ended(this, failure);
            }
        }

        Waiting.RemoveAll(w => failure is not null || w.Generation <= generation);
    }

    public DateTimeOffset Due(TimeSpan debounce, TimeSpan ageMax)
    {
        if (IsUrgent)
        {
            return DateTimeOffset.MinValue;
        }

        var quiet = Last + debounce;
        var aged = First + ageMax;
        var due = quiet < aged ? quiet : aged;
        return due > NotBefore ? due : NotBefore;
    }
}
