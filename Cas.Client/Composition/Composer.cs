using Cas.Client.Chunking;
using Cas.Client.Hashing;

namespace Cas.Client.Composition;

/// <summary>
/// Makes a new content from an old one and edits, reading old bytes only beside the edits. Cutting starts at the old
/// cut at or before an edit, where a chunker remembers nothing, and ends where a new cut falls on an old one behind
/// the edit: from there on both chunkers are in the same state and see the same bytes, so all cuts to the next edit
/// are the old ones. Hence the chunks, and with them the hash, are those of the whole content cut anew, if the old
/// ones were. One object composes one content.
/// </summary>
internal sealed class Composer
{
    private readonly ChunkMap _basis;
    private readonly IReadOnlyList<Edit> _edits;
    private readonly IContentSource _source;
    private readonly INewChunks _sink;
    private readonly ComposeLimits _limits;
    private readonly OldChunkReader _old;
    private readonly ChunkAssembler _assembler;
    private readonly PieceList _pieces = new();
    private readonly List<MerkleSplice> _splices = [];
    private List<MerkleNode> _chunks = [];

    // The next edit, the first old chunk not yet passed, and the first old byte not yet passed within a region.
    private int _edit;
    private long _next;
    private ulong _offset;
    private long _newChunks;
    private ulong _newBytes;
    private int _forcedCuts;

    private Composer(
        ChunkMap basis,
        IReadOnlyList<Edit> edits,
        IContentSource source,
        IOldBytes old,
        INewChunks sink,
        ComposeLimits limits)
    {
        _basis = basis;
        _edits = edits;
        _source = source;
        _sink = sink;
        _limits = limits;
        _old = new OldChunkReader(basis, old);
        _assembler = new ChunkAssembler(EmitAsync);
    }

    private ulong Size => _basis.Chunks.Length;

    /// <summary>
    /// Composes <paramref name="basis"/> with <paramref name="edits"/>, whose new bytes are in
    /// <paramref name="source"/>; chunks that the basis does not have go to <paramref name="sink"/>. What is returned
    /// has been checked against the expected size. Throws <see cref="CasException"/>: Invalid (the
    /// edits), Corrupt (something does not add up), or what reading and storing throw; there is no result then.
    /// </summary>
    public static async ValueTask<Draft> ComposeAsync(
        ChunkMap basis,
        IReadOnlyList<Edit> edits,
        IContentSource source,
        IOldBytes old,
        INewChunks sink,
        ComposeLimits? limits = null,
        CancellationToken cancellationToken = default)
    {
        if (EditList.Check(edits, basis.Chunks.Length, source.Length, out var size) is { } problem)
        {
            throw new CasException(CasError.Invalid, problem);
        }

        var composer = new Composer(basis, edits, source, old, sink, limits ?? ComposeLimits.Default);
        return await composer.RunAsync(size, cancellationToken);
    }

    private async ValueTask<Draft> RunAsync(ulong size, CancellationToken cancellationToken)
    {
        while (SkipEmptyEdits())
        {
            await PatchRegionAsync(cancellationToken);
        }

        _pieces.AddOld(_next, _basis.Chunks.Count);
        var tree = _basis.Chunks.Replace(_splices);
        if (tree.Length != size)
        {
            throw new CasException(
                CasError.Corrupt, $"a composed file of {size} bytes came out with {tree.Length} and was not stored");
        }

        return new Draft(_basis, tree, _pieces, _limits)
        {
            OldBytesRead = _old.BytesRead,
            NewBytes = _newBytes,
            NewChunks = _newChunks,
            Regions = _splices.Count,
            ForcedCuts = _forcedCuts,
        };
    }

    private bool SkipEmptyEdits()
    {
        while (_edit < _edits.Count && _edits[_edit] is { Length: 0 } edit && edit.Start == edit.End)
        {
            _edit++;
        }

        return _edit < _edits.Count;
    }

    private async ValueTask PatchRegionAsync(CancellationToken cancellationToken)
    {
        var start = StartChunk(_edits[_edit].Start);
        _pieces.AddOld(_next, start);
        _offset = _basis.OffsetOf(start);
        do
        {
            await ApplyAsync(_edits[_edit++], cancellationToken);
        }
        while (!await ResynchronizeAsync(cancellationToken));

        _next = _offset == Size ? _basis.Chunks.Count : _basis.Chunks.ChunkHolding(_offset).Index;
        _splices.Add(new MerkleSplice(start, _next, _chunks.ToArray()));
        _chunks = [];
    }

    // Where the content ends, the last chunk may have ended for want of bytes, unless it could not be longer. A region
    // before this one has settled the chunks before its end.
    private long StartChunk(ulong offset)
    {
        var chunks = _basis.Chunks;
        if (offset < Size)
        {
            return chunks.ChunkHolding(offset).Index;
        }

        var isOpen = _next < chunks.Count && chunks.ChunkAt(chunks.Count - 1).Chunk.Length != ChunkLimits.MaxBytes;
        return isOpen ? chunks.Count - 1 : chunks.Count;
    }

    private async ValueTask ApplyAsync(Edit edit, CancellationToken cancellationToken)
    {
        await TakeOldAsync(edit.Start, cancellationToken);
        for (var done = 0UL; done < edit.Length;)
        {
            var room = _assembler.Room();
            var count = (int)Math.Min((ulong)room.Length, edit.Length - done);
            await _source.ReadAsync(edit.SourceOffset + done, room[..count], cancellationToken);
            await _assembler.AdvanceAsync(count, edit.Start + done, cancellationToken);
            done += (ulong)count;
        }

        _offset = edit.End;
    }

    // Takes old bytes until cuts fall on old ones: true. False if the next edit comes first.
    private async ValueTask<bool> ResynchronizeAsync(CancellationToken cancellationToken)
    {
        var (taken, previous) = (0UL, default(MerkleNode));
        while (true)
        {
            var isAtEnd = _offset == Size;
            var chunk = isAtEnd ? default : _basis.Chunks.ChunkHolding(_offset);
            var isAtOldCut = isAtEnd || chunk.Offset == _offset;
            if (isAtOldCut && _assembler.IsAtCut)
            {
                return true;
            }

            var end = chunk.Offset + chunk.Chunk.Length;
            if (_edit < _edits.Count && (isAtEnd || _edits[_edit].Start < end))
            {
                return false;
            }

            var isForced = !isAtEnd && isAtOldCut && taken >= _limits.ResyncBytesMax;
            if (isAtEnd || isForced)
            {
                await _assembler.CutAsync(cancellationToken);
                _forcedCuts += isForced ? 1 : 0;
                return true;
            }

            taken += end - _offset;
            var (open, count) = (_assembler.OpenLength, _chunks.Count);
            await TakeOldAsync(end, cancellationToken);
            if (isAtOldCut && chunk.Chunk == previous && (ulong)open <= previous.Length
                && open == _assembler.OpenLength && _chunks.Count == count + 1)
            {
                await RepeatAsync(previous, cancellationToken);
            }

            previous = isAtOldCut ? chunk.Chunk : default;
        }
    }

    // Two equal chunks in a row were taken, and before and after the second one the open chunk was an equal part of
    // them: every further one makes the same new chunk again. So a large hole that was shifted is not read.
    private async ValueTask RepeatAsync(MerkleNode old, CancellationToken cancellationToken)
    {
        var node = _chunks[^1];
        var bytes = _assembler.Closed((int)node.Length);
        while (_offset < Size && _basis.Chunks.ChunkHolding(_offset).Chunk == old
            && (_edit == _edits.Count || _edits[_edit].Start >= _offset + old.Length))
        {
            _chunks.Add(node);
            await StoreAsync(node, bytes, cancellationToken);
            _offset += old.Length;
        }
    }

    private async ValueTask TakeOldAsync(ulong end, CancellationToken cancellationToken)
    {
        while (_offset < end)
        {
            var chunk = _basis.Chunks.ChunkHolding(_offset);
            var bytes = await _old.ReadAsync(chunk, cancellationToken);
            var start = (int)(_offset - chunk.Offset);
            var count = (int)(Math.Min(end, chunk.Offset + chunk.Chunk.Length) - _offset);
            bytes.Slice(start, count).CopyTo(_assembler.Room());
            await _assembler.AdvanceAsync(count, _offset, cancellationToken);
            _offset += (ulong)count;
        }
    }

    // An old chunk with the same bytes at the same place stays where it is: bytes that were written over by equal ones
    // are not stored again, and no term is split for them.
    private async ValueTask EmitAsync(ChunkAssembler.Chunk chunk, CancellationToken cancellationToken)
    {
        var node = chunk.ToNode();
        _chunks.Add(node);
        if (chunk.Twin < Size && _basis.Chunks.ChunkHolding(chunk.Twin) is var twin
            && twin.Offset == chunk.Twin && twin.Chunk == node)
        {
            _pieces.AddOld(twin.Index, twin.Index + 1);
            return;
        }

        await StoreAsync(node, chunk.Bytes, cancellationToken);
    }

    private ValueTask StoreAsync(MerkleNode node, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        _pieces.AddNew(1);
        _newChunks++;
        _newBytes += node.Length;
        return _sink.AddAsync(node, bytes, cancellationToken);
    }
}
