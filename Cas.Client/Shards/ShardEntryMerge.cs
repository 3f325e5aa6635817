namespace Cas.Client.Shards;

/// <summary>Makes one of two entries for the same thing.</summary>
internal static class ShardEntryMerge
{
    /// <summary>
    /// The same file twice. One file can be made of different terms: then the one that has more attached to it is kept
    /// as it is, the first if they are equal, since range hashes belong to the terms.
    /// </summary>
    public static ShardFile Merge(ShardFile known, ShardFile added)
    {
        if (known.Terms.AsSpan().SequenceEqual(added.Terms))
        {
            return new ShardFile(known.Hash, known.Terms)
            {
                RangeHashes = known.RangeHashes ?? added.RangeHashes,
                Sha256 = known.Sha256 ?? added.Sha256,
            };
        }

        var kept = (known.RangeHashes is null && added.RangeHashes is not null) ? added : known;
        return new ShardFile(kept.Hash, kept.Terms)
        {
            RangeHashes = kept.RangeHashes,
            Sha256 = known.Sha256 ?? added.Sha256,
        };
    }

    /// <summary>The same xorb twice: the chunks are the same, or one of them is false.</summary>
    public static ShardXorb Merge(ShardXorb known, ShardXorb added)
    {
        if (known.Chunks.Length != added.Chunks.Length)
        {
            throw Disagreement(known);
        }

        var chunks = new ShardChunk[known.Chunks.Length];
        for (var i = 0; i < chunks.Length; i++)
        {
            var (a, b) = (known.Chunks[i], added.Chunks[i]);
            chunks[i] = a with { Flags = a.Flags | b.Flags };
            if (a with { Flags = b.Flags } != b)
            {
                throw Disagreement(known);
            }
        }

        return new ShardXorb(known.Hash, chunks)
        {
            Length = known.Length,
            RecordBytes = known.RecordBytes != 0 ? known.RecordBytes : added.RecordBytes,
        };
    }

    private static CasException Disagreement(ShardXorb xorb) =>
        new(CasError.Corrupt, $"two shards disagree about the chunks of xorb {xorb.Hash}");
}
