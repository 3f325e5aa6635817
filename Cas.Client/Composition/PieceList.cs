namespace Cas.Client.Composition;

/// <summary>
/// A new content as stretches of chunks: kept ones of the old content, and new ones. Neighbours that continue each
/// other are one piece.
/// </summary>
internal sealed class PieceList
{
    private const long New = -1;

    private readonly List<Piece> _pieces = [];

    /// <summary>The pieces in order.</summary>
    public IReadOnlyList<Piece> Pieces => _pieces;

    /// <summary>Adds the old chunks [<paramref name="start"/>, <paramref name="end"/>).</summary>
    public void AddOld(long start, long end) => Add(new Piece(start, end - start));

    /// <summary>Adds new chunks.</summary>
    public void AddNew(long count) => Add(new Piece(New, count));

    private void Add(Piece piece)
    {
        if (piece.Count == 0)
        {
            return;
        }

        if (_pieces.Count > 0 && _pieces[^1] is var last
            && (last.IsNew ? piece.IsNew : last.OldStart + last.Count == piece.OldStart))
        {
            _pieces[^1] = last with { Count = last.Count + piece.Count };
            return;
        }

        _pieces.Add(piece);
    }

    /// <summary>Chunks that follow each other.</summary>
    /// <param name="OldStart">Index of the first one in the old content; negative for new ones.</param>
    /// <param name="Count">Count of chunks.</param>
    internal readonly record struct Piece(long OldStart, long Count)
    {
        public bool IsNew => OldStart < 0;
    }
}
