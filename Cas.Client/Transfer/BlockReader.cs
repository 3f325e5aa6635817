using System.Buffers;
using Cas.Client.Chunking;

namespace Cas.Client.Transfer;

/// <summary>
/// Reads a source from start to end and cuts it into chunks. A chunk that a block's end cuts is carried over to the
/// next block, so that every chunk lies in one piece. After a failure the buffers are left to the collector: a source
/// that broke its promise may still fill them.
/// </summary>
internal sealed class BlockReader(IContentSource source, int blockBytes)
{
    private Chunker _chunker;
    private byte[] _open = [];
    private ulong _offset;

    /// <summary>The next block, perhaps without a chunk in it; null behind the last one.</summary>
    public async Task<ChunkBlock?> NextAsync(CancellationToken cancellationToken)
    {
        if (_offset == source.Length)
        {
            return null;
        }

        var count = (int)Math.Min((ulong)blockBytes, source.Length - _offset);
        var buffer = ArrayPool<byte>.Shared.Rent(_open.Length + count);
        _open.CopyTo(buffer, 0);
        await source.ReadAsync(_offset, buffer.AsMemory(_open.Length, count), cancellationToken);
        _offset += (ulong)count;
        return Cut(buffer, _open.Length, count);
    }

    private ChunkBlock Cut(byte[] buffer, int taken, int count)
    {
        var block = new ChunkBlock(buffer);
        var end = taken + count;
        while (taken < end)
        {
            taken += _chunker.Take(buffer.AsSpan(taken, end - taken), out var isCut);
            if (isCut)
            {
                block.Add(taken - block.Length);
            }
        }

        if (_offset == source.Length && block.Length < end)
        {
            block.Add(end - block.Length);
        }

        // The block is given back by its reader: what is open is copied before that.
        _open = buffer[block.Length..end];
        return block;
    }
}
