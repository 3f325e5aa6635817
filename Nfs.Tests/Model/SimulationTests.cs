using System.Collections.Concurrent;
using System.Globalization;
using Nfs.Tests.Fixtures;
using NUnit.Framework;

namespace Nfs.Tests.Model;

// The file system against a small reference, with everything around it going wrong; README.md says how.
[TestFixture]
internal sealed class SimulationTests
{
    private const int SeedsByDefault = 40;
    private const int TriesToFailAgain = 2;
    private const int FailuresShown = 2;

    // A run that hangs takes its whole patience each time that it is tried.
    private static readonly TimeSpan s_shrinkMax = TimeSpan.FromMinutes(3);

    [Test]
    [Covers("EC-86", "EC-239", "R-1", "R-2", "R-3", "R-4", "R-5", "R-6", "R-7", "R-8",
        "N-127", "N-129", "N-132", "N-142", "N-153", "N-173")]
    public async Task EverySeed()
    {
        var failures = new ConcurrentDictionary<int, Exception>();
        var crashes = 0;
        await Parallel.ForEachAsync(Seeds(), async (seed, _) =>
        {
            try
            {
                Interlocked.Add(ref crashes, await Simulation.RunAsync(Workload.Of(seed)));
            }
#pragma warning disable CA1031 // Whatever it is, the seed and its shrunk steps are what the reader needs.
            catch (Exception e)
            {
                failures[seed] = e;
                TestContext.Progress.WriteLine($"seed {seed}: {e.Message}");
            }
#pragma warning restore CA1031
        });

        TestContext.Out.WriteLine($"{Seeds().Count()} seeds, {crashes} crashes, {failures.Count} failures");
        var told = new List<string>();
        foreach (var seed in failures.Keys.Order().Take(FailuresShown))
        {
            var started = TimeProvider.System.GetTimestamp();
            var steps = await Shrinker.ShrinkAsync(Workload.Of(seed), async shorter =>
                TimeProvider.System.GetElapsedTime(started) < s_shrinkMax && await TryAsync(shorter) is not null);
            var failure = await TryAsync(steps) ?? failures[seed];
            told.Add($"seed {seed}, shrunk:\n{string.Join('\n', steps)}\n{failure}");
        }

        if (told.Count > 0)
        {
            Assert.Fail($"failing seeds: {string.Join(" ", failures.Keys.Order())}\n{string.Join("\n\n", told)}");
        }
    }

    private static IEnumerable<int> Seeds() =>
        Setting("NFSGW_MODEL_SEED") is { } one
            ? [one]
            : Enumerable.Range(Setting("NFSGW_MODEL_FIRST") ?? 1, Setting("NFSGW_MODEL_SEEDS") ?? SeedsByDefault);

    private static int? Setting(string name) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var value)
            ? value
            : null;

    /// <summary>How a run fails; null if it passes each time.</summary>
    private static async Task<Exception?> TryAsync(List<Step> steps)
    {
        for (var i = 0; i < TriesToFailAgain; i++)
        {
            try
            {
                await Simulation.RunAsync(steps);
            }
#pragma warning disable CA1031 // Any failure counts.
            catch (Exception e)
            {
                return e;
            }
#pragma warning restore CA1031
        }

        return null;
    }
}
