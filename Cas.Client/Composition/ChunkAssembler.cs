using Cas.Client.Chunking;
using Cas.Client.Hashing;

namespace Cas.Client.Composition;

/// <summary>
/// Cuts bytes that come in pieces of any size into chunks. Bytes are written where <see cref="Room"/> says, then
/// counted by <see cref="AdvanceAsync"/>; chunks are handed out in place.
/// </summary>
internal sealed class ChunkAssembler
{
    /// <summary>Memory that it takes: several chunks, so that the open one is seldom moved to the front.</summary>
    public const int BufferBytes = 8 * ChunkLimits.MaxBytes;

    private readonly Func<Chunk, CancellationToken, ValueTask> _emit;
    private readonly byte[] _buffer = new byte[BufferBytes];
    private Chunker _chunker;
    private int _end;
    private ulong _twin;

    /// <summary>Gives each chunk to <paramref name="emit"/>, which borrows the bytes until it completes.</summary>
    public ChunkAssembler(Func<Chunk, CancellationToken, ValueTask> emit) => _emit = emit;

    /// <summary>Whether no chunk is open: what follows is cut as if nothing came before.</summary>
    public bool IsAtCut => _chunker.Length == 0;

    /// <summary>Bytes of the open chunk.</summary>
    public int OpenLength => _chunker.Length;

    /// <summary>Where the next bytes go; never empty.</summary>
    public Memory<byte> Room()
    {
        var open = _chunker.Length;
        if (_buffer.Length - _end < ChunkLimits.MaxBytes)
        {
            _buffer.AsSpan(_end - open, open).CopyTo(_buffer);
            _end = open;
        }

        return _buffer.AsMemory(_end);
    }

    /// <summary>Takes bytes that were written into the room.</summary>
    /// <param name="count">How many.</param>
    /// <param name="twin">Where the first of them might have come from in the old content.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async ValueTask AdvanceAsync(int count, ulong twin, CancellationToken cancellationToken)
    {
        for (var rest = count; rest > 0;)
        {
            if (IsAtCut)
            {
                _twin = twin + (ulong)(count - rest);
            }

            var open = _chunker.Length;
            var taken = _chunker.Take(_buffer.AsSpan(_end, rest), out var isCut);
            _end += taken;
            rest -= taken;
            if (isCut)
            {
                await EmitAsync(open + taken, cancellationToken);
            }
        }
    }

    /// <summary>Ends the open chunk, if there is one, where it is.</summary>
    public async ValueTask CutAsync(CancellationToken cancellationToken)
    {
        var open = _chunker.Length;
        _chunker.Restart();
        if (open > 0)
        {
            await EmitAsync(open, cancellationToken);
        }
    }

    /// <summary>
    /// The bytes in front of the open chunk: the chunk before it, if that was cut since <see cref="Room"/> was called.
    /// </summary>
    public ReadOnlyMemory<byte> Closed(int length) => _buffer.AsMemory(_end - _chunker.Length - length, length);

    private ValueTask EmitAsync(int length, CancellationToken cancellationToken) =>
        _emit(new Chunk(_buffer.AsMemory(_end - length, length), _twin), cancellationToken);

    /// <summary>A chunk that was cut.</summary>
    /// <param name="Bytes">Its bytes.</param>
    /// <param name="Twin">Where the old content may have an equal one.</param>
    internal readonly record struct Chunk(ReadOnlyMemory<byte> Bytes, ulong Twin)
    {
        public MerkleNode ToNode() => new(XetHash.Chunk(Bytes.Span), (ulong)Bytes.Length);
    }
}
