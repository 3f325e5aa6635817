using System.Collections;

namespace Vfs.Core.Ranges;

/// <summary>
/// A set of bytes as sorted ranges: disjoint, not adjacent, none empty. Ranges live in blocks of bounded size, so that
/// adding and removing cost a search and one short move, with a million ranges too. Not synchronised.
/// </summary>
internal sealed class RangeSet : IEnumerable<ByteRange>
{
    private const int BlockRangesMax = 512;

    private readonly List<List<ByteRange>> _blocks = [];

    /// <summary>Number of ranges.</summary>
    public int Count { get; private set; }

    /// <summary>Sum of the ranges' lengths.</summary>
    public ulong TotalBytes { get; private set; }

    /// <summary>Whether no byte is in the set.</summary>
    public bool IsEmpty => Count == 0;

    /// <summary>End of the last range; 0 if empty.</summary>
    public ulong End => IsEmpty ? 0 : _blocks[^1][^1].End;

    /// <summary>Adds bytes; overlapping and adjacent ranges become one. Empty ranges are ignored.</summary>
    public void Add(ByteRange range)
    {
        if (range.IsEmpty)
        {
            return;
        }

        // Everything that overlaps or touches: its end is at or past our start, its start at or before our end.
        var (block, index) = FirstEndingAtOrAfter(range.Start);
        var merged = range;
        CutRun(ref block, ref index, r => r.Start <= range.End, r => merged =
            new ByteRange(Math.Min(merged.Start, r.Start), Math.Max(merged.End, r.End)));
        Insert(block, index, merged);
    }

    /// <summary>Removes bytes; ranges are cut or split as needed.</summary>
    public void Remove(ByteRange range)
    {
        if (range.IsEmpty || IsEmpty)
        {
            return;
        }

        var (block, index) = FirstEndingAtOrAfter(range.Start + 1);
        ByteRange left = default, right = default;
        CutRun(ref block, ref index, r => r.Start < range.End, r =>
        {
            if (r.Start < range.Start)
            {
                left = new ByteRange(r.Start, range.Start);
            }

            if (r.End > range.End)
            {
                right = new ByteRange(range.End, r.End);
            }
        });
        if (!right.IsEmpty)
        {
            Insert(block, index, right);
        }

        if (!left.IsEmpty)
        {
            // Inserting may have split the block; the search finds the place again.
            (block, index) = FirstEndingAtOrAfter(left.Start);
            Insert(block, index, left);
        }
    }

    /// <summary>Removes all bytes at and past <paramref name="end"/>.</summary>
    public void Clip(ulong end) => Remove(new ByteRange(end, ulong.MaxValue));

    /// <summary>Removes everything.</summary>
    public void Clear()
    {
        _blocks.Clear();
        Count = 0;
        TotalBytes = 0;
    }

    /// <summary>Adds all of <paramref name="other"/>.</summary>
    public void UnionWith(RangeSet other)
    {
        foreach (var range in other)
        {
            Add(range);
        }
    }

    /// <summary>Removes all of <paramref name="other"/>.</summary>
    public void ExceptWith(RangeSet other)
    {
        foreach (var range in other)
        {
            Remove(range);
        }
    }

    /// <summary>Whether every byte of <paramref name="range"/> is in the set. An empty range always is.</summary>
    public bool Contains(ByteRange range)
    {
        if (range.IsEmpty)
        {
            return true;
        }

        var (block, index) = FirstEndingAtOrAfter(range.Start + 1);
        return block < _blocks.Count && _blocks[block][index] is var found
            && found.Start <= range.Start && found.End >= range.End;
    }

    /// <summary>The parts of <paramref name="window"/> that are in the set, in order.</summary>
    public List<ByteRange> Within(ByteRange window)
    {
        var parts = new List<ByteRange>();
        if (window.IsEmpty)
        {
            return parts;
        }

        var (block, index) = FirstEndingAtOrAfter(window.Start + 1);
        for (; block < _blocks.Count; block++, index = 0)
        {
            var ranges = _blocks[block];
            for (; index < ranges.Count; index++)
            {
                if (ranges[index].Start >= window.End)
                {
                    return parts;
                }

                parts.Add(ranges[index].Intersect(window));
            }
        }

        return parts;
    }

    /// <summary>The parts of <paramref name="window"/> that are not in the set, in order.</summary>
    public List<ByteRange> Missing(ByteRange window)
    {
        var holes = new List<ByteRange>();
        var at = window.Start;
        foreach (var part in Within(window))
        {
            if (part.Start > at)
            {
                holes.Add(new ByteRange(at, part.Start));
            }

            at = part.End;
        }

        if (at < window.End)
        {
            holes.Add(new ByteRange(at, window.End));
        }

        return holes;
    }

    /// <summary>A copy.</summary>
    public RangeSet Clone()
    {
        var copy = new RangeSet { Count = Count, TotalBytes = TotalBytes };
        foreach (var block in _blocks)
        {
            copy._blocks.Add([.. block]);
        }

        return copy;
    }

    /// <inheritdoc/>
    public IEnumerator<ByteRange> GetEnumerator()
    {
        foreach (var block in _blocks)
        {
            foreach (var range in block)
            {
                yield return range;
            }
        }
    }

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private (int Block, int Index) FirstEndingAtOrAfter(ulong offset)
    {
        int low = 0, high = _blocks.Count;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (_blocks[middle][^1].End < offset)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        if (low == _blocks.Count)
        {
            return (low, 0);
        }

        var ranges = _blocks[low];
        int first = 0, last = ranges.Count - 1;
        while (first < last)
        {
            var middle = (first + last) >>> 1;
            if (ranges[middle].End < offset)
            {
                first = middle + 1;
            }
            else
            {
                last = middle;
            }
        }

        return (low, first);
    }

    /// <summary>Takes out the run of ranges from a position on for which <paramref name="belongs"/> holds.</summary>
    private void CutRun(ref int block, ref int index, Func<ByteRange, bool> belongs, Action<ByteRange> seen)
    {
        while (block < _blocks.Count)
        {
            var ranges = _blocks[block];
            var end = index;
            for (; end < ranges.Count && belongs(ranges[end]); end++)
            {
                seen(ranges[end]);
                TotalBytes -= ranges[end].Length;
                Count--;
            }

            var reachedEnd = end == ranges.Count;
            ranges.RemoveRange(index, end - index);
            if (ranges.Count == 0)
            {
                _blocks.RemoveAt(block);
                index = 0;
            }
            else if (reachedEnd && block + 1 < _blocks.Count && belongs(_blocks[block + 1][0]))
            {
                block++;
                index = 0;
            }
            else
            {
                return;
            }
        }
    }

    private void Insert(int block, int index, ByteRange range)
    {
        TotalBytes += range.Length;
        Count++;
        if (block == _blocks.Count)
        {
            if (block == 0 || _blocks[block - 1].Count >= BlockRangesMax)
            {
                _blocks.Add([range]);
                return;
            }

            // Past the last range: extend the last block instead of starting a new one.
            block--;
            index = _blocks[block].Count;
        }

        var ranges = _blocks[block];
        ranges.Insert(index, range);
        if (ranges.Count > BlockRangesMax)
        {
            var half = ranges.Count / 2;
            _blocks.Insert(block + 1, ranges.GetRange(half, ranges.Count - half));
            ranges.RemoveRange(half, ranges.Count - half);
        }
    }
}
