using Cas.Client.Shards;

namespace Cas.Client.Composition;

/// <summary>
/// Chooses neighbouring terms that are to become one by storing their chunks anew, the cheapest first. Chunks and
/// hashes stay; only places change.
/// </summary>
internal static class FragmentPlan
{
    /// <summary>Whether a file has more terms than it should.</summary>
    public static bool IsTooMany(ShardFile file, ComposeLimits limits) =>
        file.Terms.Length > TermsMax(file.Terms.Sum(term => (long)term.ChunkEnd - term.ChunkStart), limits);

    /// <summary>
    /// Ranges of terms, in order, each to become one term; none if there are not too many terms. Together they have at
    /// most <see cref="ComposeLimits.RewriteBytesMax"/> bytes.
    /// </summary>
    public static List<(int Start, int End)> Of(ChunkMap map, ComposeLimits limits)
    {
        var excess = map.Terms.Length - TermsMax(map.Chunks.Count, limits);
        if (excess <= 0)
        {
            return [];
        }

        var groups = Groups(map);
        var queue = new PriorityQueue<(Group Left, Group Right, ulong Cost), ulong>();
        groups.ForEach(group => Offer(queue, group, limits));
        var bytes = 0UL;
        while (excess > 0 && queue.TryDequeue(out var pair, out _))
        {
            var (left, right, cost) = pair;
            if (left.IsGone || right.IsGone || left.Next != right || Cost(left, right) != cost)
            {
                continue;
            }

            bytes += cost;
            if (bytes > limits.RewriteBytesMax)
            {
                break;
            }

            left.Absorb(right);
            excess--;
            Offer(queue, left, limits);
            if (left.Previous is { } previous)
            {
                Offer(queue, previous, limits);
            }
        }

        return [.. groups.Where(g => !g.IsGone && g.End - g.Start > 1).Select(g => (g.Start, g.End))];
    }

    // Twice as many as if the content had been stored whole.
    private static long TermsMax(long chunkCount, ComposeLimits limits) =>
        Math.Max(limits.TermsFree, 2 * ((chunkCount + limits.TermChunks - 1) / limits.TermChunks));

    private static List<Group> Groups(ChunkMap map)
    {
        var groups = new List<Group>(map.Terms.Length);
        foreach (var term in map.Terms)
        {
            var group = new Group
            {
                Start = groups.Count,
                End = groups.Count + 1,
                Chunks = term.ChunkEnd - term.ChunkStart,
                Bytes = term.Length,
                Previous = groups.Count > 0 ? groups[^1] : null,
            };
            if (group.Previous is { } previous)
            {
                previous.Next = group;
            }

            groups.Add(group);
        }

        return groups;
    }

    private static void Offer(
        PriorityQueue<(Group Left, Group Right, ulong Cost), ulong> queue, Group left, ComposeLimits limits)
    {
        if (left.Next is { } right && left.Chunks + right.Chunks <= limits.TermChunks)
        {
            var cost = Cost(left, right);
            queue.Enqueue((left, right, cost), cost);
        }
    }

    // What is stored anew already costs nothing more.
    private static ulong Cost(Group left, Group right) => left.Unpaid + right.Unpaid;

    private sealed class Group
    {
        public int Start { get; init; }

        public int End { get; set; }

        public long Chunks { get; set; }

        public ulong Bytes { get; init; }

        public Group? Previous { get; set; }

        public Group? Next { get; set; }

        public bool IsGone { get; private set; }

        public ulong Unpaid => End - Start == 1 ? Bytes : 0;

        public void Absorb(Group right)
        {
            End = right.End;
            Chunks += right.Chunks;
            Next = right.Next;
            if (Next is { } next)
            {
                next.Previous = this;
            }

            right.IsGone = true;
        }
    }
}
