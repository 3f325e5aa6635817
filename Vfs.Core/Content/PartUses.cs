using Vfs.Core.Ranges;

namespace Vfs.Core.Content;

/// <summary>A part of a file with the bytes of a set that lie in it, and when it was used last; 0 for never.</summary>
internal readonly record struct PartUse(ByteRange Part, ulong Bytes, long LastUse);

/// <summary>
/// When the parts of one file were used last, so that room is made by dropping what nobody wants and not whole files.
/// Parts are 16 MiB, and larger in a file that would have too many of them. Not synchronised.
/// </summary>
internal sealed class PartUses
{
    private const int PartsMax = 4096;

    private int _shift = 24;
    private long[] _uses = [];

    /// <summary>A range is used at a time.</summary>
    public void Note(ByteRange range, long now)
    {
        if (range.IsEmpty)
        {
            return;
        }

        CoarsenFor(range.End);
        var (first, last) = ((int)(range.Start >> _shift), (int)((range.End - 1) >> _shift));
        if (last >= _uses.Length)
        {
            Array.Resize(ref _uses, Math.Min(PartsMax, Math.Max(last + 1, 2 * _uses.Length)));
        }

        _uses.AsSpan(first..(last + 1)).Fill(now);
    }

    /// <summary>The parts that a set has bytes in.</summary>
    public List<PartUse> Of(RangeSet set)
    {
        var parts = new List<PartUse>();
        if (set.IsEmpty)
        {
            return parts;
        }

        CoarsenFor(set.End);
        foreach (var range in set)
        {
            for (var start = range.Start; start < range.End;)
            {
                var index = start >> _shift;
                var part = new ByteRange(index << _shift, (index + 1) << _shift);
                var bytes = part.Intersect(range).Length;
                if (parts.Count > 0 && parts[^1].Part == part)
                {
                    parts[^1] = parts[^1] with { Bytes = parts[^1].Bytes + bytes };
                }
                else
                {
                    parts.Add(new PartUse(part, bytes, index < (ulong)_uses.Length ? _uses[index] : 0));
                }

                start = part.End;
            }
        }

        return parts;
    }

    private void CoarsenFor(ulong end)
    {
        while ((end - 1) >> _shift >= PartsMax)
        {
            _shift++;
            for (var i = 0; i < _uses.Length; i += 2)
            {
                _uses[i / 2] = Math.Max(_uses[i], i + 1 < _uses.Length ? _uses[i + 1] : 0);
            }

            Array.Resize(ref _uses, (_uses.Length + 1) / 2);
        }
    }
}
