using Nfs.Server.Cli;
using Nfs.Tests.Fixtures;
using NUnit.Framework;

namespace Nfs.Tests.Server.Cli;

// If this fails, the log of a job that runs for hours says nothing, or fills with lines.
[TestFixture]
internal sealed class ProgressLinesTests
{
    [Test]
    public void Add_OverSomeTime_PrintsOneLineAnInterval()
    {
        var clock = new ManualClock();
        using var error = new StringWriter();
        var lines = new ProgressLines("storing a", 4 << 20, error, clock);

        lines.Add(1 << 20);
        clock.Advance(ProgressLines.Interval);
        lines.Add(1 << 20);
        lines.Add(1 << 20);

        Assert.That(error.ToString(), Is.EqualTo("storing a: 2 MiB of 4 MiB\n"));
    }
}
