namespace Cas.Client.Shards;

/// <summary>Makes one shard of several.</summary>
internal static class ShardMerge
{
    /// <summary>
    /// Every file and xorb of <paramref name="shards"/> once. Null if they do not fit into
    /// <paramref name="bytesMax"/>. Range hashes are kept if every file has them. None of the shards hides its chunk
    /// hashes by a key: chunks could not be told apart. Throws
    /// <see cref="ShardDamageException"/>, and <see cref="CasException"/> if shards disagree.
    /// </summary>
    public static ShardBuilder? Merge(IReadOnlyList<ShardReader> shards, int bytesMax = ShardFormat.BytesMax)
    {
        if (shards.Any(shard => shard.IsKeyed))
        {
            throw new ArgumentException("a shard hides its chunk hashes by a key", nameof(shards));
        }

        var keepsRanges = shards.SelectMany(shard => shard.Files()).All(file => file.HasVerification);
        var builder = new ShardBuilder(bytesMax);
        foreach (var shard in shards)
        {
            if (!TryAddFiles(builder, shard, keepsRanges) || !TryAddXorbs(builder, shard))
            {
                return null;
            }
        }

        return builder;
    }

    private static bool TryAddFiles(ShardBuilder builder, ShardReader shard, bool keepsRanges)
    {
        foreach (var entry in shard.Files())
        {
            var file = shard.ReadFile(entry);
            var kept = keepsRanges ? file : new ShardFile(file.Hash, file.Terms) { Sha256 = file.Sha256 };
            if (!builder.TryAdd(kept))
            {
                return false;
            }
        }

        return true;
    }

    private static bool TryAddXorbs(ShardBuilder builder, ShardReader shard)
    {
        foreach (var entry in shard.Xorbs())
        {
            if (!builder.TryAdd(shard.ReadXorb(entry)))
            {
                return false;
            }
        }

        return true;
    }
}
