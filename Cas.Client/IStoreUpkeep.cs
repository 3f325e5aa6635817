namespace Cas.Client;

/// <summary>What a check says about one thing.</summary>
/// <param name="IsDamage">False for a note: something that costs space or goes away by itself, and hurts nobody.</param>
/// <param name="Sentence">What is wrong with what; names the xorb, shard or path.</param>
public readonly record struct CheckFinding(bool IsDamage, string Sentence);

/// <summary>What a check has looked at, and how much it found.</summary>
public readonly record struct CheckSummary
{
    /// <summary>Containers of chunks.</summary>
    public long Xorbs { get; init; }

    /// <summary>Chunks in them, each unpacked and hashed.</summary>
    public long Chunks { get; init; }

    /// <summary>Shards.</summary>
    public long Shards { get; init; }

    /// <summary>Entries of files in the shards.</summary>
    public long Files { get; init; }

    /// <summary>Entries of the tree.</summary>
    public long TreeEntries { get; init; }

    /// <summary>Bytes of all xorbs and shards on the disk.</summary>
    public ulong StoredBytes { get; init; }

    /// <summary>Findings that are damage.</summary>
    public long Damages { get; init; }

    /// <summary>Findings that are notes.</summary>
    public long Notes { get; init; }
}

/// <summary>What a gateway's state is called in the store, and where it was when it used the store last.</summary>
public sealed record StateNote(string Id, string Path);

/// <summary>What to keep, beside what the tree names.</summary>
public sealed record SweepRequest
{
    /// <summary>Content that was stored within this time is kept; none with zero.</summary>
    public required TimeSpan Keep { get; init; }

    /// <summary>Whether to change nothing and tell what would be done.</summary>
    public bool IsDryRun { get; init; }

    /// <summary>
    /// Tells all contents that a state may still ask for; called for each state that was noted. Whatever it throws ends
    /// the sweep before anything has changed.
    /// </summary>
    public required Action<StateNote, Action<ContentId>> ReadState { get; init; }

    /// <summary>Names of states that are gone for good; they are not asked for any more.</summary>
    public IReadOnlyCollection<string> ForgottenStates { get; init; } = [];
}

/// <summary>What a sweep did, or would do.</summary>
public readonly record struct SweepSummary
{
    /// <summary>Xorbs that were deleted.</summary>
    public long XorbsDeleted { get; init; }

    /// <summary>Shards that were deleted, those among them whose live part is in a new shard.</summary>
    public long ShardsDeleted { get; init; }

    /// <summary>New shards.</summary>
    public long ShardsWritten { get; init; }

    /// <summary>Entries of files that are gone.</summary>
    public long FilesForgotten { get; init; }

    /// <summary>Disk space that was freed, what the new shards take already counted off.</summary>
    public long BytesFreed { get; init; }
}

/// <summary>What a store holds, out of its tree and shards alone.</summary>
public readonly record struct StoreStatistics
{
    /// <summary>Regular files of the tree; each name of a file counts.</summary>
    public long TreeFiles { get; init; }

    /// <summary>Bytes of all of them, as their readers see them.</summary>
    public ulong LogicalBytes { get; init; }

    /// <summary>Contents that the store knows.</summary>
    public long Contents { get; init; }

    /// <summary>Shards.</summary>
    public long Shards { get; init; }

    /// <summary>Xorbs.</summary>
    public long Xorbs { get; init; }

    /// <summary>Chunks in them.</summary>
    public long Chunks { get; init; }

    /// <summary>Bytes of all chunks, unpacked.</summary>
    public ulong UniqueBytes { get; init; }

    /// <summary>Bytes of all xorbs and shards on the disk.</summary>
    public ulong StoredBytes { get; init; }

    /// <summary>Those of <see cref="UniqueBytes"/> that no entry of the tree needs.</summary>
    public ulong UnneededBytes { get; init; }

    /// <summary>Those of <see cref="UnneededBytes"/> in xorbs that are needed for others of their chunks.</summary>
    public ulong UnneededBytesInMixedXorbs { get; init; }
}

/// <summary>
/// What an operator does with a store that nobody serves. Checking and sweeping lock the store while they run and throw
/// <see cref="StoreUnavailableException"/> if a process has it open.
/// </summary>
public interface IStoreUpkeep
{
    /// <summary>Names the store for ever.</summary>
    string Identity { get; }

    /// <summary>Bytes of all xorbs and shards on the disk, by the sizes of the files.</summary>
    ulong MeasureStoredBytes();

    /// <summary>
    /// Verifies every byte and every reference. Changes nothing that opening the store would not change. Both callbacks
    /// may come from several threads at once.
    /// </summary>
    /// <param name="found">Gets each finding.</param>
    /// <param name="done">Gets the bytes that were verified since it was told last.</param>
    /// <param name="cancellationToken">Ends the check.</param>
    Task<CasResult<CheckSummary>> CheckAsync(
        Action<CheckFinding> found, Action<ulong> done, CancellationToken cancellationToken);

    /// <summary>
    /// Deletes what nobody needs. It may be stopped or killed at any moment: what is needed is always there. Errors:
    /// Corrupt (a store with damage is not swept), NoSpace, and the transient ones.
    /// </summary>
    Task<CasResult<SweepSummary>> SweepAsync(SweepRequest request, CancellationToken cancellationToken);

    /// <summary>Counts what the store holds; also while a gateway uses it, and then the numbers are approximate.</summary>
    Task<CasResult<StoreStatistics>> GetStatisticsAsync(CancellationToken cancellationToken);
}
