namespace Cas.Client.Shards;

/// <summary>Which parts of the format a shard is written with.</summary>
internal sealed record ShardForm
{
    private ShardForm()
    {
    }

    /// <summary>Whether the file section has files.</summary>
    public bool HasFiles { get; private init; } = true;

    /// <summary>Whether there is a footer.</summary>
    public bool HasFooter { get; private init; } = true;

    /// <summary>Whether there are lookup tables.</summary>
    public bool HasTables { get; private init; } = true;

    /// <summary>What hides the chunk hashes; all 0 for nothing.</summary>
    public MerkleHash Key { get; private init; }

    public ulong CreatedSeconds { get; private init; }

    public ulong KeyExpirySeconds { get; private init; } = ulong.MaxValue;

    /// <summary>The body of an upload: both sections and nothing else.</summary>
    public static ShardForm Upload { get; } = new() { HasFooter = false, HasTables = false };

    /// <summary>Everything, to be looked up in.</summary>
    public static ShardForm Stored(ulong createdSeconds) => new() { CreatedSeconds = createdSeconds };

    /// <summary>Everything, with chunk hashes that say nothing to those who do not know the chunks.</summary>
    public static ShardForm Keyed(MerkleHash key, ulong createdSeconds, ulong keyExpirySeconds) =>
        new() { Key = key, CreatedSeconds = createdSeconds, KeyExpirySeconds = keyExpirySeconds };

    /// <summary>Xorbs and a footer.</summary>
    public static ShardForm XorbsOnly(ulong createdSeconds) =>
        new() { HasFiles = false, HasTables = false, CreatedSeconds = createdSeconds, KeyExpirySeconds = 0 };
}
