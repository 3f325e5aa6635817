using System.Buffers;
using Cas.Client.Chunking;

namespace Cas.Client.Transfer;

/// <summary>
/// Reads a source from start to end and cuts it into chunks. A chunk that a block's end cuts is carried over to the
/// next block, so that every chunk lies in one piece. After a failure the buffers are left to the collector: a source
/// that broke its promise may still fill them.
/// </summary>
internal sealed class BlockReader
{
    private readonly IContentSource _source;
    private readonly int _blockBytes;
    private readonly byte[] _open = [];
    private Chunker _chunker;
    private int _openLength;
    private ulong _offset;

    /// <summary>Blocks of a length that holds every chunk, or the whole source.</summary>
    public BlockReader(IContentSource source, int blockBytes)
    {
        _source = source;
        _blockBytes = blockBytes;
        if (source.Length > (ulong)blockBytes)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(blockBytes, ChunkLimits.MaxBytes);
            _open = new byte[ChunkLimits.MaxBytes];
        }
    }

    /// <summary>The next block, perhaps without a chunk in it; null behind the last one.</summary>
    public async Task<ChunkBlock?> NextAsync(CancellationToken cancellationToken)
    {
        if (_offset == _source.Length)
        {
            return null;
        }

        var count = (int)Math.Min((ulong)(_blockBytes - _openLength), _source.Length - _offset);
        var buffer = ArrayPool<byte>.Shared.Rent(_openLength + count);
        _open.AsSpan(0, _openLength).CopyTo(buffer);
        await _source.ReadAsync(_offset, buffer.AsMemory(_openLength, count), cancellationToken);
        _offset += (ulong)count;
        return Cut(buffer, _openLength, _openLength + count);
    }

    private ChunkBlock Cut(byte[] buffer, int taken, int end)
    {
        var block = new ChunkBlock(buffer);
        while (taken < end)
        {
            taken += _chunker.Take(buffer.AsSpan(taken, end - taken), out var isCut);
            if (isCut)
            {
                block.Add(taken - block.Length);
            }
        }

        if (_offset == _source.Length && block.Length < end)
        {
            block.Add(end - block.Length);
        }

        // The block is given back by its reader: what is open is copied before that.
        var open = buffer.AsSpan(block.Length, end - block.Length);
        open.CopyTo(_open);
        _openLength = open.Length;
        return block;
    }
}
