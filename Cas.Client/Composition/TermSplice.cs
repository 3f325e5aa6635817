using System.Diagnostics.CodeAnalysis;
using Cas.Client.Hashing;
using Cas.Client.Shards;

namespace Cas.Client.Composition;

/// <summary>
/// Makes the terms of a new content out of the old terms and the places of new chunks, and checks them against the
/// new tree, which came about in another way: no chunk is left out, doubled or of another length.
/// </summary>
internal sealed class TermSplice
{
    private readonly ChunkMap _basis;
    private readonly MerkleTree _tree;
    private readonly ComposeLimits _limits;
    private readonly List<ShardTerm> _terms = [];
    private readonly List<MerkleHash> _rangeHashes = [];
    private readonly RangeHasher _hasher = new();

    // The term that may still grow, and its range hash if it is an old term as it was.
    private ShardTerm _open;
    private MerkleHash? _openHash;
    private long _first;
    private ulong _offset;

    private TermSplice(ChunkMap basis, MerkleTree tree, ComposeLimits limits)
    {
        _basis = basis;
        _tree = tree;
        _limits = limits;
    }

    /// <summary>
    /// The map of the chunks of <paramref name="tree"/>, which are those of the pieces; the places of new ones are in
    /// <paramref name="runs"/>. Throws <see cref="CasException"/>, Corrupt, if anything does not fit.
    /// </summary>
    public static ChunkMap Apply(
        ChunkMap basis, MerkleTree tree, PieceList pieces, IReadOnlyList<ChunkRun> runs, ComposeLimits limits)
    {
        var places = new RunReader(runs);
        var map = Apply(basis, tree, pieces, places, limits);
        Require(places.IsAtEnd, "there are places for more chunks than there are");
        return map;
    }

    /// <summary>The same, taking as many places as it has new chunks.</summary>
    public static ChunkMap Apply(
        ChunkMap basis, MerkleTree tree, PieceList pieces, RunReader places, ComposeLimits limits)
    {
        var splice = new TermSplice(basis, tree, limits);
        foreach (var piece in pieces.Pieces)
        {
            if (piece.IsNew)
            {
                splice.AddNew(places, piece.Count);
            }
            else
            {
                splice.AddOld(piece.OldStart, piece.OldStart + piece.Count);
            }
        }

        splice.Close();
        Require(splice._first == tree.Count, "the terms do not have all chunks");
        Require(splice._offset == tree.Length, "the terms do not have all bytes");
        return new ChunkMap(tree, [.. splice._terms], [.. splice._rangeHashes]);
    }

    private void AddNew(RunReader places, long count)
    {
        while (count > 0)
        {
            var run = places.Take((uint)Math.Min(count, _limits.TermChunks));
            var first = _first + Count(_open);
            count -= run.End - run.Start;
            Require(first + (run.End - run.Start) <= _tree.Count, "the places are of more chunks than there are");
            var length = OffsetOf(first + (run.End - run.Start)) - OffsetOf(first);
            Add(new ShardTerm(run.Xorb, checked((uint)length), run.Start, run.End), null);
        }
    }

    // Whole terms keep their range hash; of a split one, the length is that of the old chunks.
    private void AddOld(long start, long end)
    {
        for (var index = _basis.TermHolding(start); start < end; index++)
        {
            var term = _basis.Terms[index];
            var first = _basis.FirstChunkOf(index);
            var last = Math.Min(end, first + Count(term));
            if (start == first && last == first + Count(term))
            {
                Add(term, _basis.RangeHashes[index]);
            }
            else
            {
                var part = new ShardTerm(
                    term.Xorb,
                    (uint)(_basis.OffsetOf(last) - _basis.OffsetOf(start)),
                    term.ChunkStart + (uint)(start - first),
                    term.ChunkStart + (uint)(last - first));
                Add(part, null);
            }

            start = last;
        }
    }

    private void Add(ShardTerm term, MerkleHash? hash)
    {
        var continues = Count(_open) > 0 && term.Xorb == _open.Xorb && term.ChunkStart == _open.ChunkEnd;
        if (continues && Count(_open) + Count(term) <= _limits.TermChunks)
        {
            _open = _open with { ChunkEnd = term.ChunkEnd, Length = _open.Length + term.Length };
            _openHash = null;
            return;
        }

        Close();
        _open = term;
        _openHash = hash;
    }

    private void Close()
    {
        if (Count(_open) == 0)
        {
            return;
        }

        var end = _first + Count(_open);
        Require(end <= _tree.Count, "the terms have more chunks than there are");
        Require(OffsetOf(end) - _offset == _open.Length, "a term is not as long as its chunks");
        _terms.Add(_open);
        _rangeHashes.Add(_openHash ?? RangeHash(_first, end));
        _first = end;
        _offset += _open.Length;
        _open = default;
    }

    private MerkleHash RangeHash(long start, long end)
    {
        foreach (var chunk in _tree.Chunks(start, end))
        {
            _hasher.Append(chunk.Hash);
        }

        return _hasher.Finish();
    }

    private ulong OffsetOf(long chunk) => chunk == _tree.Count ? _tree.Length : _tree.ChunkAt(chunk).Offset;

    private static long Count(ShardTerm term) => term.ChunkEnd - term.ChunkStart;

    private static void Require([DoesNotReturnIf(false)] bool condition, string problem)
    {
        if (!condition)
        {
            throw new CasException(CasError.Corrupt, $"a composed file is wrong and was not stored: {problem}");
        }
    }
}
