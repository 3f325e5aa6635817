using System.Numerics;
using Vfs.Core.Ranges;

namespace Vfs.Core.Content;

/// <summary>
/// Finds out from offsets alone who reads one file sequentially: NFSv3 has no open, clients send calls in parallel that
/// arrive in any order, and several may read at different places. A stream is a run of blocks that were read one after
/// the other. No more is fetched ahead of it than it has read (but 1 MiB once it is one), so that whoever stops, jumps
/// or strides has wasted no more than he used. Not synchronised.
/// </summary>
internal sealed class ReadStreams
{
    private const int StreamsMax = 32;

    /// <summary>A run this long is no accident: short random reads that happen to touch are not streams.</summary>
    private const ulong ConfirmBytes = 256 << 10;

    private const ulong WindowBytesMin = FetchPlan.RequestBytesMax;
    private const ulong WindowBytesMax = 64 << 20;

    /// <summary>Calls of one reader that are in flight together lie no farther apart.</summary>
    private const ulong OutOfOrderBytesMax = 16 << 20;

    private readonly List<Stream> _streams = []; // Last used first.

    /// <summary>
    /// Notes a read. Returns what to have here by the next ones of its stream: the whole window, covered or not, perhaps
    /// past the end of file; empty if nothing. Small reads do not move it: it ends at a multiple of a request's size.
    /// </summary>
    /// <param name="read">What was read.</param>
    /// <param name="windowBytesMax">What the cache can hold for one reader; less than 1 MiB means none.</param>
    /// <param name="now">Timestamp.</param>
    public ByteRange Note(ByteRange read, ulong windowBytesMax, long now)
    {
        if (read.IsEmpty)
        {
            return default;
        }

        var blocks = FetchPlan.Widen(read);
        var index = IndexEndingIn(blocks);
        if (index < 0)
        {
            Add(new Stream(blocks.Start, blocks.End, 0, now));
            return default;
        }

        var stream = _streams[index] with { LastRead = now };
        _streams.RemoveAt(index);
        var isFurther = blocks.End > stream.End;
        stream = isFurther ? Extend(stream, blocks.End, windowBytesMax) : stream;
        Add(stream);
        return isFurther && stream.Window > 0 ? AheadOf(stream) : default;
    }

    /// <summary>What streams that were read since a timestamp are about to read.</summary>
    public IEnumerable<ByteRange> AboutToRead(long since) =>
        _streams.Where(stream => stream.LastRead >= since && stream.Window > 0)
            .Select(AheadOf);

    private int IndexEndingIn(ByteRange blocks)
    {
        for (var i = 0; i < _streams.Count; i++)
        {
            if (blocks.Start <= _streams[i].End && _streams[i].End <= blocks.End)
            {
                return i;
            }
        }

        return -1;
    }

    private void Add(Stream stream)
    {
        if (_streams.Count == StreamsMax)
        {
            _streams.RemoveAt(StreamsMax - 1);
        }

        _streams.Insert(0, stream);
    }

    private Stream Extend(Stream stream, ulong end, ulong windowBytesMax)
    {
        end = JoinNext(stream.End, end);
        var run = end - stream.Start;
        var window = Math.Min(Math.Clamp(run, WindowBytesMin, WindowBytesMax), windowBytesMax);
        return stream with
        {
            End = end,
            Window = run < ConfirmBytes || window < WindowBytesMin ? 0 : 1UL << BitOperations.Log2(window),
        };
    }

    /// <summary>Takes in what the same reader's calls that came too early have read; returns the new end.</summary>
    private ulong JoinNext(ulong from, ulong end)
    {
        for (var i = 0; i < _streams.Count; i++)
        {
            var early = _streams[i];
            if (early.Start >= from && early.Start <= end && early.End <= end + OutOfOrderBytesMax)
            {
                end = Math.Max(end, early.End);
                _streams.RemoveAt(i);
                i = -1;
            }
        }

        return end;
    }

    private static ByteRange AheadOf(Stream stream)
    {
        var end = (stream.End + stream.Window) & ~(FetchPlan.AheadBytes(stream.Window) - 1);
        return new ByteRange(stream.End, Math.Max(stream.End, end));
    }

    /// <summary>A run of blocks [Start, End), how far ahead of it to fetch, and when it was last read.</summary>
    private readonly record struct Stream(ulong Start, ulong End, ulong Window, long LastRead);
}
