namespace Cas.Client.Backends.Local.Upkeep;

/// <summary>What a sweep knows about a shard.</summary>
/// <param name="Name">The shard.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="WrittenAt">When it was written.</param>
/// <param name="IsYoung">Whether everything in it is kept because of that.</param>
internal sealed record SweepShard(MerkleHash Name, long Bytes, DateTime WrittenAt, bool IsYoung)
{
    /// <summary>Entries of files.</summary>
    public required long Files { get; init; }

    /// <summary>Those that somebody needs.</summary>
    public long LiveFiles { get; set; }

    /// <summary>Whether it goes, its live part, if any, into a new one.</summary>
    public bool IsReplaced { get; set; }
}
