namespace Cas.Client.Shards;

/// <summary>A shard breaks a rule of its format.</summary>
internal sealed class ShardDamageException(long offset, string problem)
    : CasException(CasError.Corrupt, $"the shard is damaged at byte {offset}: {problem}")
{
    /// <summary>Where in the shard's bytes.</summary>
    public long Offset => offset;
}
