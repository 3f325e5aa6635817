namespace Cas.Client.Shards;

/// <summary>A run of chunks of one xorb that stands for a run of bytes of a file.</summary>
/// <param name="Xorb">The xorb.</param>
/// <param name="Length">Length of the chunks together.</param>
/// <param name="ChunkStart">Index of the first chunk.</param>
/// <param name="ChunkEnd">Index behind the last chunk.</param>
internal readonly record struct ShardTerm(MerkleHash Xorb, uint Length, uint ChunkStart, uint ChunkEnd);

/// <summary>A chunk in the list of its xorb.</summary>
/// <param name="Hash">Its hash, or what the shard's key makes of it.</param>
/// <param name="Offset">Where it starts in the unpacked xorb.</param>
/// <param name="Length">Its length.</param>
/// <param name="Flags">Flags of the format.</param>
internal readonly record struct ShardChunk(MerkleHash Hash, uint Offset, uint Length, uint Flags = 0);

/// <summary>How one file is made. The arrays are not to be changed.</summary>
/// <param name="hash">Name of the file.</param>
/// <param name="terms">What it is made of, in order; none for an empty file.</param>
internal sealed class ShardFile(MerkleHash hash, ShardTerm[] terms)
{
    /// <summary>Name of the file.</summary>
    public MerkleHash Hash => hash;

    /// <summary>What it is made of.</summary>
    public ShardTerm[] Terms => terms;

    /// <summary>For each term the hash over its chunk hashes; null if the shard has none.</summary>
    public MerkleHash[]? RangeHashes { get; init; }

    /// <summary>SHA-256 of the content: its hex form read as the text form of a hash. Null if the shard has none.</summary>
    public MerkleHash? Sha256 { get; init; }

    /// <summary>Length of the file.</summary>
    public ulong Length
    {
        get
        {
            var sum = 0UL;
            foreach (var term in terms)
            {
                sum += term.Length;
            }

            return sum;
        }
    }
}

/// <summary>The chunks of one xorb. The array is not to be changed.</summary>
/// <param name="hash">Name of the xorb.</param>
/// <param name="chunks">All of its chunks in order.</param>
internal sealed class ShardXorb(MerkleHash hash, ShardChunk[] chunks)
{
    /// <summary>Name of the xorb.</summary>
    public MerkleHash Hash => hash;

    /// <summary>All of its chunks.</summary>
    public ShardChunk[] Chunks => chunks;

    /// <summary>Length of the chunks together.</summary>
    public uint Length { get; init; }

    /// <summary>Length of its records; 0 if the writer of the shard did not know.</summary>
    public uint RecordBytes { get; init; }
}
