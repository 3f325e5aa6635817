using System.Globalization;
using NUnit.Framework;
using Nfs.Tests.Fixtures;

namespace Nfs.Tests.Model;

// Long random use with restarts, kills and a store that fails: the file system must be the model, byte for byte, and
// the store must end as the file system. NFSGW_MODEL_SEEDS=N runs N seeds of each kind, NFSGW_MODEL_SEED=S runs one.
[TestFixture]
internal sealed class FileSystemModelTests
{
    private const int Steps = 250;

    private static IEnumerable<int> Seeds
    {
        get
        {
            if (int.TryParse(Environment.GetEnvironmentVariable("NFSGW_MODEL_SEED"), CultureInfo.InvariantCulture,
                out var one))
            {
                return [one];
            }

            return int.TryParse(
                Environment.GetEnvironmentVariable("NFSGW_MODEL_SEEDS"), CultureInfo.InvariantCulture, out var count)
                ? Enumerable.Range(1000, count)
                : Enumerable.Range(1, 4);
        }
    }

    [TestCaseSource(nameof(Seeds))]
    public async Task WithRestarts(int seed)
    {
        await using var run = await ModelRun.StartAsync(seed);
        await run.RunAsync(Steps, crashes: false);
    }

    [TestCaseSource(nameof(Seeds))]
    [Covers("EC-239", "R-1", "R-3", "R-5")]
    public async Task WithKills(int seed)
    {
        await using var run = await ModelRun.StartAsync(seed);
        await run.RunAsync(Steps, crashes: true);
    }
}
