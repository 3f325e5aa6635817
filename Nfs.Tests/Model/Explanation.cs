namespace Nfs.Tests.Model;

/// <summary>Finds the states that a gateway may be in after calls that ran at the same time.</summary>
internal static class Explanation
{
    /// <summary>
    /// The worlds that an order of the calls leads to, in which each call gives the answer that it got. A call without
    /// an answer may have had its effect or not.
    /// </summary>
    public static List<World> Of(World before, IReadOnlyList<Call> calls, Action<World> seen)
    {
        var found = new List<World>();
        Extend(before, calls, found, seen);
        return found;
    }

    private static void Extend(World world, IReadOnlyList<Call> left, List<World> found, Action<World> seen)
    {
        if (left.All(call => call.Reply is null))
        {
            found.Add(world);
        }

        for (var i = 0; i < left.Count; i++)
        {
            var next = world.Clone();
            if (next.Apply(left[i]))
            {
                seen(next);
                Extend(next, [.. left.Take(i), .. left.Skip(i + 1)], found, seen);
            }
        }
    }
}
