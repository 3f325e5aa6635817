using System.Buffers;
using Cas.Client.Hashing;
using Cas.Client.Xorbs;

namespace Cas.Client.Shards;

/// <summary>
/// Whether a file is what its hash says: its terms, put together from the chunk lists of their xorbs, give its hash,
/// and its range hashes fit. Needs all xorbs of the file, with plain hashes.
/// </summary>
internal static class ShardFileCheck
{
    /// <summary>
    /// What is wrong with the file; null if nothing is. <paramref name="find"/> gives the chunks of a xorb, or null if
    /// it is not known. Terms may name the same chunks over and over: no more than <paramref name="chunksMax"/> are
    /// looked at.
    /// </summary>
    public static string? Check(ShardFile file, Func<MerkleHash, ShardXorb?> find, long chunksMax)
    {
        var whole = new MerkleBuilder();
        var chunks = ArrayPool<MerkleNode>.Shared.Rent(XorbLimits.ChunksMax);
        try
        {
            for (var i = 0; i < file.Terms.Length; i++)
            {
                var problem = CheckTerm(file.Terms[i], find, chunks, out var run) ?? CheckRange(file, i, run);
                chunksMax -= run.Length;
                if (problem is not null || chunksMax < 0)
                {
                    return $"term {i}: {problem ?? "the file has more chunks than are allowed"}";
                }

                foreach (var chunk in run)
                {
                    whole.Append(chunk);
                }
            }
        }
        finally
        {
            ArrayPool<MerkleNode>.Shared.Return(chunks);
        }

        return XetHash.File(whole.Finish()) == file.Hash ? null : "the chunks of the file do not give its hash";
    }

    private static string? CheckTerm(
        ShardTerm term, Func<MerkleHash, ShardXorb?> find, MerkleNode[] chunks, out ReadOnlySpan<MerkleNode> run)
    {
        run = default;
        if (find(term.Xorb) is not { } xorb)
        {
            return $"xorb {term.Xorb} is not known";
        }

        if (term.ChunkStart >= term.ChunkEnd || term.ChunkEnd > xorb.Chunks.Length || term.ChunkEnd > chunks.Length)
        {
            return $"chunks {term.ChunkStart} to {term.ChunkEnd} of {xorb.Chunks.Length} are impossible";
        }

        var (count, length) = (0, 0UL);
        for (var i = term.ChunkStart; i < term.ChunkEnd; i++)
        {
            var chunk = xorb.Chunks[i];
            chunks[count++] = new MerkleNode(chunk.Hash, chunk.Length);
            length += chunk.Length;
        }

        run = chunks.AsSpan(0, count);
        return length == term.Length ? null : $"its chunks have {length} bytes, not {term.Length}";
    }

    private static string? CheckRange(ShardFile file, int term, ReadOnlySpan<MerkleNode> run) =>
        file.RangeHashes is null || XetHash.Range(run) == file.RangeHashes[term]
            ? null
            : "its range hash does not fit its chunks";
}
