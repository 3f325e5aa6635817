using System.Diagnostics.CodeAnalysis;
using Cas.Client.Hashing;
using Cas.Client.Shards;
using Cas.Client.Xorbs;

namespace Cas.Client.Composition;

/// <summary>
/// The last look at a composed content before anybody can read it: each term is one of the basis with the chunks that
/// it had there, or its xorb has the chunks that the new tree has. So the recipe gives the bytes whose hash it bears.
/// </summary>
internal static class TermCheck
{
    /// <summary>
    /// Throws <see cref="CasException"/>, Corrupt, for the first term that is wrong, and what
    /// <paramref name="indexOf"/> throws; it is asked for the xorbs of new and split terms only.
    /// </summary>
    public static void Verify(ChunkMap basis, ChunkMap composed, Func<MerkleHash, XorbIndex> indexOf)
    {
        var kept = new Dictionary<ShardTerm, int>();
        for (var i = 0; i < basis.Terms.Length; i++)
        {
            kept.TryAdd(basis.Terms[i], i);
        }

        for (var i = 0; i < composed.Terms.Length; i++)
        {
            var isRight = kept.TryGetValue(composed.Terms[i], out var old)
                ? IsKept(basis, old, composed, i)
                : IsStored(composed, i, indexOf(composed.Terms[i].Xorb));
            Require(isRight, i, composed);
        }

        Require(composed.FirstChunkOf(composed.Terms.Length) == composed.Chunks.Count, composed.Terms.Length, composed);
    }

    // Of equal terms: with the same chunks at both ends, it is the run of chunks that it was.
    private static bool IsKept(ChunkMap basis, int old, ChunkMap composed, int term)
    {
        var (oldFirst, first) = (basis.FirstChunkOf(old), composed.FirstChunkOf(term));
        var (oldLast, last) = (basis.FirstChunkOf(old + 1) - 1, composed.FirstChunkOf(term + 1) - 1);
        return composed.RangeHashes[term] == basis.RangeHashes[old]
            && composed.Chunks.ChunkAt(first).Chunk == basis.Chunks.ChunkAt(oldFirst).Chunk
            && composed.Chunks.ChunkAt(last).Chunk == basis.Chunks.ChunkAt(oldLast).Chunk;
    }

    private static bool IsStored(ChunkMap composed, int term, XorbIndex xorb)
    {
        var (start, end) = (composed.Terms[term].ChunkStart, composed.Terms[term].ChunkEnd);
        if (start >= end || end > xorb.Count)
        {
            return false;
        }

        var (index, length) = ((int)start, 0UL);
        foreach (var chunk in composed.Chunks.Chunks(composed.FirstChunkOf(term), composed.FirstChunkOf(term + 1)))
        {
            var stored = new MerkleNode(xorb.Hashes[index], (ulong)xorb.Layout.ChunkLength(index));
            if (chunk != stored)
            {
                return false;
            }

            length += chunk.Length;
            index++;
        }

        return index == (int)end && length == composed.Terms[term].Length;
    }

    private static void Require([DoesNotReturnIf(false)] bool condition, int term, ChunkMap composed)
    {
        if (!condition)
        {
            throw new CasException(
                CasError.Corrupt, $"term {term} of the composed file {composed.Id.Hash} is wrong; it was not stored");
        }
    }
}
