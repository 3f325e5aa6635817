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
    [TestCase("""
        Crash Count=43 Choice=681628
        Create At=b Choice=418773
        Create At=a Choice=9148
        Create At=e Choice=45950
        Write At=b Offset=40961 Count=74 Choice=514103
        FailSync
        Write At=b Offset=14579 Count=14782 Choice=961127
        Reopen
        """, Description = "Times went back when the local disk failed to sync.")]
    [TestCase("""
        Create At=a
        Create At=c Choice=74078
        Write At=a Offset=24576 Count=180 Choice=131296
        Sync
        Evict
        FillDisk
        Read At=a Count=50000
        """, Description = "Reading was answered with a full disk.")]
    [TestCase("""
        Create At=a
        Link At=a To=d
        Write At=d Count=140 Choice=999576
        FailSync
        Reopen
        FailSync
        Write At=a Offset=36864 Count=104 Choice=319934
        """, Description = "The last sync of a life failed, and the next life's first one too.")]
    [TestCase("""
        Create At=a
        StoreFault Choice=30
        Sync
        Rename At=a To=d
        Sync
        """, Description = "A commit arrived late, after what it made had been removed.")]
    [TestCase("""
        Create At=a
        StoreFault Choice=30
        Sync
        Sync
        Remove At=a
        Sync
        """, Description = "It arrived late after it had been sent again, answered, and removed.")]
    [TestCase("""
        MakeDirectory At=d
        Create At=d/a
        StoreFault Choice=30
        Sync
        Rename At=d To=e
        Sync
        Crash Count=5
        Create At=b
        """, Description = "It arrived late in the next life, below a directory that had been moved.")]
    public async Task Run(string steps)
    {
        for (var i = 0; i < Times; i++)
        {
            await Simulation.RunAsync(Step.ParseAll(steps));
        }
    }

    /// <summary>What was noted as done before a crash was not: the size was in a later transaction.</summary>
    [Test]
    public async Task ResizeThatIsSentAgain_IsDone([Range(1, 16)] int changes) => await Run($"""
        Create At=a
        Write At=a Count=5000 Choice=2
        Crash Count={changes} Choice=7
        Resize At=a
        """);
}
