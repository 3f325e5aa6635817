using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Cas.Client.Formats;
using Cas.Client.Hashing;
using Cas.Client.Xorbs;

namespace Cas.Client.Shards;

/// <summary>Checks the xorb section, and remembers where each xorb is.</summary>
internal sealed class ShardXorbCheck(IRandomBytes bytes, ShardReader shard)
{
    private readonly Dictionary<MerkleHash, ShardEntry> _found = [];

    /// <summary>The xorbs, after the check.</summary>
    public IReadOnlyDictionary<MerkleHash, ShardEntry> Found => _found;

    /// <summary>Sum of what the xorbs say about their records.</summary>
    public ulong RecordBytes { get; private set; }

    /// <summary>Length of all chunks.</summary>
    public ulong ChunkBytes { get; private set; }

    /// <summary>Throws <see cref="ShardDamageException"/>.</summary>
    public void Verify()
    {
        var section = shard.Sections.Xorbs;
        var end = 0L;
        foreach (var xorb in shard.Xorbs())
        {
            Verify(xorb, section.OffsetOf(xorb.RecordIndex));
            RecordBytes += xorb.Head.Fourth;
            ChunkBytes += xorb.Head.Third;
            end = xorb.RecordIndex + xorb.RecordCount;
        }

        ShardCheck.VerifyEnd(bytes, section, end);
    }

    private void Verify(in ShardEntry xorb, long offset)
    {
        Require(xorb.Head.First == 0, offset, "flags of a xorb are not known");
        Require(xorb.Head.Second is > 0 and <= XorbLimits.ChunksMax, offset, "a xorb has an impossible number of chunks");
        Require(_found.TryAdd(xorb.Hash, xorb), offset, "a xorb is listed twice");
        var count = xorb.ItemCount;
        var rented = ArrayPool<MerkleNode>.Shared.Rent(count);
        try
        {
            var chunks = rented.AsSpan(0, count);
            Require(ReadChunks(xorb, chunks) == xorb.Head.Third, offset, "a xorb's length is not that of its chunks");

            // Keyed hashes never give the xorb's: where they do, the key is what is wrong.
            var isPlain = MerkleRoot.Of(chunks) == xorb.Hash;
            Require(isPlain != shard.IsKeyed, offset, "a xorb's chunks and the shard's key do not give its hash");
        }
        finally
        {
            ArrayPool<MerkleNode>.Shared.Return(rented);
        }
    }

    private ulong ReadChunks(in ShardEntry xorb, Span<MerkleNode> chunks)
    {
        var section = shard.Sections.Xorbs;
        var records = new ShardCursor(bytes, section, xorb.RecordIndex + 1);
        var sum = 0UL;
        for (var i = 0; i < chunks.Length; i++)
        {
            var record = records.Next();
            var chunk = record.ToChunk();
            var isGood = chunk.Offset == sum && chunk.Length is > 0 and <= XorbLimits.ChunkBytesMax &&
                (chunk.Flags & ~ShardFormat.ChunkIsDedupCandidate) == 0 && record.Fourth == 0;
            Require(isGood, section.OffsetOf(xorb.RecordIndex + 1 + i), "a chunk's place, length or flags are wrong");
            chunks[i] = new MerkleNode(chunk.Hash, chunk.Length);
            sum += chunk.Length;
        }

        return sum;
    }

    private static void Require([DoesNotReturnIf(false)] bool condition, long offset, string problem)
    {
        if (!condition)
        {
            throw new ShardDamageException(offset, problem);
        }
    }
}
