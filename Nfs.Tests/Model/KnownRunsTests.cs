using NUnit.Framework;

namespace Nfs.Tests.Model;

// Runs that failed once, as the simulation shrank them. Threads run as they like, so each is run a few times.
[TestFixture]
internal sealed class KnownRunsTests
{
    private const int Times = 5;

    [TestCase("""
        Create At=a
        Create At=b
        StoreFault Choice=34
        Sync
        Write At=a Count=10 Choice=1
        Write At=b Count=10 Choice=2
        Sync
        """, Description = "The answer to a commit has a version less than was asked for.")]
    public async Task Run(string steps)
    {
        for (var i = 0; i < Times; i++)
        {
            await Simulation.RunAsync(Step.ParseAll(steps));
        }
    }
}
