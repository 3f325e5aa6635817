using Cas.Client.Hashing;

namespace Cas.Client.Shards;

/// <summary>The key that hides chunk hashes in a shard from those who do not have the chunks.</summary>
internal static class ShardKey
{
    /// <summary>What stands in the shard for a chunk; the chunk's own hash if the key is all 0.</summary>
    public static MerkleHash Apply(MerkleHash key, MerkleHash chunk) =>
        key == default ? chunk : XetHash.Hmac(chunk, key);
}
