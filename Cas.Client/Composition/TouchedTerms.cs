using Cas.Client.Shards;

namespace Cas.Client.Composition;

/// <summary>What edits do to a term.</summary>
internal enum TermUse : byte
{
    /// <summary>It stays as it is.</summary>
    Kept,

    /// <summary>Something of it may stay and something not: its chunks must be known.</summary>
    Read,

    /// <summary>One edit replaces all of it, and something on both of its sides.</summary>
    Replaced,
}

/// <summary>
/// Which terms of a content edits touch. The terms in which an edit begins and ends count as read, also if nothing of
/// them stays: what lies outside can then be told from what lies between.
/// </summary>
internal sealed class TouchedTerms
{
    // Offsets of the terms, and behind the last one the length of the content.
    private readonly ulong[] _starts;
    private readonly TermUse[] _uses;
    private readonly List<(ulong Start, ulong End)> _edges = [];

    /// <summary>The edits have passed <see cref="EditList.Check"/>.</summary>
    public TouchedTerms(IReadOnlyList<ShardTerm> terms, IReadOnlyList<Edit> edits)
    {
        _uses = new TermUse[terms.Count];
        _starts = new ulong[terms.Count + 1];
        for (var i = 0; i < terms.Count; i++)
        {
            _starts[i + 1] = _starts[i] + terms[i].Length;
        }

        foreach (var edit in edits.Where(edit => terms.Count > 0 && (edit.Start < edit.End || edit.Length > 0)))
        {
            Add(edit);
        }
    }

    /// <summary>What becomes of each term.</summary>
    public IReadOnlyList<TermUse> Uses => _uses;

    /// <summary>
    /// Ranges in order, apart from each other, that have the first and the last byte of each edit, and the byte behind
    /// it: all that is not replaced whole.
    /// </summary>
    public IReadOnlyList<(ulong Start, ulong End)> Edges => _edges;

    /// <summary>Offset of a term; for the index behind the last one the length of the content.</summary>
    public ulong StartOf(int term) => _starts[term];

    /// <summary>Counts as read every term that a range touches; it is inside the content and not empty.</summary>
    public void Read(ulong start, ulong end) =>
        _uses.AsSpan()[TermHolding(start)..(TermHolding(end - 1) + 1)].Fill(TermUse.Read);

    private void Add(Edit edit)
    {
        var last = _starts[^1] - 1;
        var (start, end) = (Math.Min(edit.Start, last), Math.Min(edit.End, last) + 1);
        var (firstTerm, lastTerm) = (TermHolding(start), TermHolding(end - 1));
        _uses[firstTerm] = _uses[lastTerm] = TermUse.Read;
        if (lastTerm <= firstTerm + 1)
        {
            AddEdge(start, end);
            return;
        }

        _uses.AsSpan()[(firstTerm + 1)..lastTerm].Fill(TermUse.Replaced);
        AddEdge(start, _starts[firstTerm + 1]);
        AddEdge(_starts[lastTerm], end);
    }

    /// <summary>Those of one term or of neighbours are one.</summary>
    private void AddEdge(ulong start, ulong end)
    {
        if (_edges.Count > 0 && TermHolding(_edges[^1].End - 1) + 1 >= TermHolding(start))
        {
            _edges[^1] = (_edges[^1].Start, Math.Max(_edges[^1].End, end));
            return;
        }

        _edges.Add((start, end));
    }

    private int TermHolding(ulong offset)
    {
        var index = Array.BinarySearch(_starts, offset);
        return index < 0 ? ~index - 1 : index;
    }
}
