using System.Numerics;
using Cas.Client;
using Vfs.Core.Ranges;

namespace Vfs.Core.Content;

/// <summary>A request to the store that runs: the base that it reads, which bytes of it, and what comes of it.</summary>
internal sealed record Fetch(ContentId Basis, ByteRange Range, Task<VfsError> Outcome);

/// <summary>Which requests fill holes. Pure.</summary>
internal static class FetchPlan
{
    /// <summary>
    /// Largest request that somebody waits for: short enough that its bytes are still in the processor's cache when they
    /// are written into the staging file.
    /// </summary>
    public const ulong RequestBytesMax = 1 << 20;

    /// <summary>
    /// Largest request for what is fetched ahead: the store reads whole chunks and is asked how a file is made for each
    /// request, which matters less the longer they are.
    /// </summary>
    private const ulong AheadBytesMax = 4 << 20;

    /// <summary>Requests that a window is cut into at least: they run side by side.</summary>
    private const ulong RequestsPerWindow = 16;

    /// <summary>
    /// What is fetched is widened to blocks of an average chunk's size: the store reads whole chunks to verify any of
    /// their bytes, so that the next read beside this one would have it read the same chunk again.
    /// </summary>
    private const ulong BlockBytes = 64 << 10;

    /// <summary>
    /// Holes that are as near as the largest chunk is long share a request: what lies between them is mostly in chunks
    /// that either has to read anyway.
    /// </summary>
    private const ulong GapBytesMax = 128 << 10;

    /// <summary>The blocks that a range touches.</summary>
    public static ByteRange Widen(ByteRange range) =>
        new(range.Start & ~(BlockBytes - 1), (range.End + BlockBytes - 1) & ~(BlockBytes - 1));

    /// <summary>Length of the requests for a window of some length that is fetched ahead; a power of two.</summary>
    public static ulong AheadBytes(ulong window) => Math.Clamp(
        BitOperations.RoundUpToPowerOf2(window) / RequestsPerWindow, RequestBytesMax, AheadBytesMax);

    /// <summary>
    /// Requests for holes (sorted, disjoint) that no running fetch gets, in order; none longer than
    /// <paramref name="bytesMax"/>.
    /// </summary>
    public static List<ByteRange> Requests(
        List<ByteRange> holes, IReadOnlyList<Fetch> running, ulong bytesMax = RequestBytesMax)
    {
        var missing = new RangeSet();
        holes.ForEach(missing.Add);
        foreach (var fetch in running)
        {
            missing.Remove(fetch.Range);
        }

        var requests = new List<ByteRange>();
        var joined = default(ByteRange);
        foreach (var hole in missing)
        {
            if (joined.IsEmpty || !MayJoin(joined, hole, running))
            {
                Cut(joined, bytesMax, requests);
                joined = hole;
            }
            else
            {
                joined = joined with { End = hole.End };
            }
        }

        Cut(joined, bytesMax, requests);
        return requests;
    }

    private static bool MayJoin(ByteRange left, ByteRange right, IReadOnlyList<Fetch> running)
    {
        var gap = new ByteRange(left.End, right.Start);
        return gap.Length <= GapBytesMax && running.All(fetch => fetch.Range.Intersect(gap).IsEmpty);
    }

    private static void Cut(ByteRange range, ulong bytesMax, List<ByteRange> into)
    {
        for (var start = range.Start; start < range.End; start += bytesMax)
        {
            into.Add(new ByteRange(start, Math.Min(start + bytesMax, range.End)));
        }
    }
}
