using Cas.Client;

namespace Nfs.Tests.Fixtures;

/// <summary>
/// A basis with possible edits applied, as a source of its own: nothing is copied until it is read.
/// </summary>
internal sealed class ComposedSource : IContentSource
{
    private readonly IContentSource _basis;
    private readonly IContentSource _source;
    private readonly List<Segment> _segments;

    public ComposedSource(IContentSource basis, IReadOnlyList<Edit> edits, IContentSource source)
    {
        _basis = basis;
        _source = source;
        _segments = new List<Segment>((2 * edits.Count) + 1);
        var basisOffset = 0UL;
        foreach (var edit in edits)
        {
            Append(basis, basisOffset, edit.Start - basisOffset);
            Append(source, edit.SourceOffset, edit.Length);
            basisOffset = edit.End;
        }

        Append(basis, basisOffset, basis.Length - basisOffset);
    }

    public ulong Length { get; private set; }

    public async ValueTask ReadAsync(ulong offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, Length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((ulong)destination.Length, Length - offset);
        for (var index = IndexOf(offset); !destination.IsEmpty; index++)
        {
            var segment = _segments[index];
            var skipped = offset - segment.Start;
            var count = (int)Math.Min((ulong)destination.Length, segment.Length - skipped);
            await segment.From.ReadAsync(segment.Offset + skipped, destination[..count], cancellationToken);
            destination = destination[count..];
            offset += (ulong)count;
        }
    }

    private void Append(IContentSource from, ulong offset, ulong length)
    {
        if (length > 0)
        {
            _segments.Add(new Segment(Length, length, from, offset));
            Length += length;
        }
    }

    /// <summary>The segment that holds a byte; the count of segments at the very end.</summary>
    private int IndexOf(ulong offset)
    {
        var (low, high) = (0, _segments.Count);
        while (low < high)
        {
            var middle = low + ((high - low) / 2);
            if (_segments[middle].Start + _segments[middle].Length <= offset)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    private readonly record struct Segment(ulong Start, ulong Length, IContentSource From, ulong Offset);
}
