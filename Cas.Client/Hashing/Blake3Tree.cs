using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Cas.Client.Hashing;

/// <summary>
/// The BLAKE3 tree of an input so far. Chaining values of chunks gather in a batch, so that parents too are compressed
/// many at once; a full batch is a whole subtree and becomes one value on a stack of subtrees, which has one entry for
/// each bit set in the number of batches. Joining neighbours level by level, an odd last one staying as it is, gives
/// the left-complete tree that the format asks for. Holds 6 KiB: pass it by reference.
/// </summary>
internal struct Blake3Tree
{
    private const int BatchChunks = 128;

    private BatchValues _batch;
    private StackValues _stack;
    private int _count;
    private ulong _joinedBatches;

    private readonly ulong Chunks => (_joinedBatches * BatchChunks) + (uint)_count;

    /// <summary>Makes it the tree of no input.</summary>
    public void Clear()
    {
        _count = 0;
        _joinedBatches = 0;
    }

    /// <summary>Adds whole chunks. An input of one chunk alone is not added: its hash is made by Finish.</summary>
    public void Add(Blake3Kernel kernel, in Blake3Key key, ReadOnlySpan<byte> chunks)
    {
        Debug.Assert(chunks.Length % Blake3Node.ChunkBytes == 0, "chunks are whole");
        while (!chunks.IsEmpty)
        {
            if (_count == BatchChunks)
            {
                JoinBatch(kernel, key);
            }

            var count = Math.Min(BatchChunks - _count, chunks.Length / Blake3Node.ChunkBytes);
            var bytes = count * Blake3Node.ChunkBytes;
            var place = Values()[(_count * Blake3Node.ValueBytes)..];
            Blake3Kernels.HashNodes(kernel, chunks[..bytes], Blake3Node.Chunk, key, Chunks, place);
            _count += count;
            chunks = chunks[bytes..];
        }
    }

    /// <summary>
    /// Adds what is behind the whole chunks, at most one chunk, and gives the hash. The tree is to be cleared then.
    /// </summary>
    public Vector256<uint> Finish(Blake3Kernel kernel, in Blake3Key key, ReadOnlySpan<byte> last)
    {
        if (Chunks == 0)
        {
            return HashChunk(kernel, key, last, 0, Blake3Node.Root);
        }

        if (!last.IsEmpty)
        {
            if (_count == BatchChunks)
            {
                JoinBatch(kernel, key);
            }

            HashChunk(kernel, key, last, Chunks, 0).AsByte().CopyTo(Values()[(_count * Blake3Node.ValueBytes)..]);
            _count++;
        }

        Debug.Assert(Chunks > 1, "a chunk alone is the root");
        var (count, depth) = (_count, StackDepth());
        if (depth == 0)
        {
            JoinUntil(2, count, kernel, key);
            return HashParent(kernel, key, Values()[..Blake3Node.BlockBytes], Blake3Node.Root);
        }

        JoinUntil(1, count, kernel, key);
        var value = Vector256.LoadUnsafe(ref MemoryMarshal.GetReference(Values())).AsUInt32();
        while (depth-- > 0)
        {
            value = HashParent(kernel, key, Pair(depth, value), depth == 0 ? Blake3Node.Root : 0);
        }

        return value;
    }

    /// <summary>The chaining value of one chunk of at most 1024 bytes, or with the root flag its hash.</summary>
    [SkipLocalsInit]
    public static Vector256<uint> HashChunk(
        Blake3Kernel kernel, in Blake3Key key, ReadOnlySpan<byte> chunk, ulong counter, uint lastFlags)
    {
        var value = key.Words;
        var start = Blake3Node.ChunkStart;
        while (chunk.Length > Blake3Node.BlockBytes)
        {
            Blake3Kernels.Compress(
                kernel, ref value, ref MemoryMarshal.GetReference(chunk), Blake3Node.BlockBytes, counter,
                key.Flags | start);
            start = 0;
            chunk = chunk[Blake3Node.BlockBytes..];
        }

        Span<byte> block = stackalloc byte[Blake3Node.BlockBytes];
        chunk.CopyTo(block);
        block[chunk.Length..].Clear();
        Blake3Kernels.Compress(
            kernel, ref value, ref MemoryMarshal.GetReference(block), (uint)chunk.Length, counter,
            key.Flags | start | Blake3Node.ChunkEnd | lastFlags);
        return value;
    }

    private static Vector256<uint> HashParent(
        Blake3Kernel kernel, in Blake3Key key, ReadOnlySpan<byte> pair, uint rootFlag)
    {
        var value = key.Words;
        Blake3Kernels.Compress(
            kernel, ref value, ref MemoryMarshal.GetReference(pair), Blake3Node.BlockBytes, 0,
            key.Flags | Blake3Node.ParentFlag | rootFlag);
        return value;
    }

    // Joins neighbours until at most `most` values are left at the front of the batch.
    private void JoinUntil(int most, int count, Blake3Kernel kernel, in Blake3Key key)
    {
        var values = Values();
        while (count > most)
        {
            var pairs = count / 2;
            var odd = values.Slice(pairs * Blake3Node.BlockBytes, Blake3Node.ValueBytes);
            Blake3Kernels.HashNodes(
                kernel, values[..(pairs * Blake3Node.BlockBytes)], Blake3Node.Parent, key, 0, values);
            if (count % 2 != 0)
            {
                odd.CopyTo(values[(pairs * Blake3Node.ValueBytes)..]);
            }

            count -= pairs;
        }
    }

    private void JoinBatch(Blake3Kernel kernel, in Blake3Key key)
    {
        JoinUntil(1, _count, kernel, key);
        var value = Vector256.LoadUnsafe(ref MemoryMarshal.GetReference(Values())).AsUInt32();
        var depth = StackDepth();
        for (var batches = _joinedBatches; (batches & 1) != 0; batches >>= 1)
        {
            value = HashParent(kernel, key, Pair(--depth, value), 0);
        }

        value.AsByte().CopyTo(((Span<byte>)_stack)[(depth * Blake3Node.ValueBytes)..]);
        _joinedBatches++;
        _count = 0;
    }

    private readonly int StackDepth() => BitOperations.PopCount(_joinedBatches);

    // The entry of the stack with a value behind it: the block of their parent.
    [UnscopedRef]
    private ReadOnlySpan<byte> Pair(int entry, Vector256<uint> right)
    {
        var pair = ((Span<byte>)_stack).Slice(entry * Blake3Node.ValueBytes, Blake3Node.BlockBytes);
        right.AsByte().CopyTo(pair[Blake3Node.ValueBytes..]);
        return pair;
    }

    [UnscopedRef]
    private Span<byte> Values() => _batch;

    // One value more than a batch: room for the odd one of JoinUntil behind the last pair.
    [InlineArray((BatchChunks + 1) * Blake3Node.ValueBytes)]
    private struct BatchValues
    {
        private byte _first;
    }

    // 2^54 chunks are the longest input that BLAKE3 has: 47 subtrees of batches, and one behind for Pair.
    [InlineArray(48 * Blake3Node.ValueBytes)]
    private struct StackValues
    {
        private byte _first;
    }
}
