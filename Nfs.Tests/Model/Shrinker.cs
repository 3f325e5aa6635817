namespace Nfs.Tests.Model;

/// <summary>Makes a failing run short: leaves out what it fails without, large parts first.</summary>
internal static class Shrinker
{
    /// <summary>
    /// The fewest steps found that <paramref name="fails"/> with. Threads run as they like, so that a run that fails
    /// may pass once: <paramref name="fails"/> tries more than once.
    /// </summary>
    public static async Task<List<Step>> ShrinkAsync(List<Step> steps, Func<List<Step>, Task<bool>> fails)
    {
        for (var size = steps.Count / 2; size > 0; size = size > 1 ? size / 2 : 0)
        {
            for (var start = 0; start < steps.Count;)
            {
                List<Step> shorter = [.. steps.Take(start), .. steps.Skip(start + size)];
                if (await fails(shorter))
                {
                    steps = shorter;
                }
                else
                {
                    start += size;
                }
            }
        }

        return await SplitAsync(steps, fails);
    }

    /// <summary>Leaves single calls out of those that run together.</summary>
    private static async Task<List<Step>> SplitAsync(List<Step> steps, Func<List<Step>, Task<bool>> fails)
    {
        for (var i = 0; i < steps.Count; i++)
        {
            for (var call = 0; call < steps[i].Operations.Count && steps[i].Operations.Count > 1;)
            {
                var fewer = new Step([.. steps[i].Operations.Where((_, at) => at != call)]);
                List<Step> shorter = [.. steps.Take(i), fewer, .. steps.Skip(i + 1)];
                if (await fails(shorter))
                {
                    steps = shorter;
                }
                else
                {
                    call++;
                }
            }
        }

        return steps;
    }
}
