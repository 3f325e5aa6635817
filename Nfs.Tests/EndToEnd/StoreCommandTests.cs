using System.Globalization;
using Nfs.Tests.Fixtures;
using NUnit.Framework;

namespace Nfs.Tests.EndToEnd;

// If these fail, the person who looks after a store is told nothing, or the wrong thing, or a script goes on after damage.
[TestFixture]
internal sealed class StoreCommandTests
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(60);

    private StoreDirectory _directory = null!;

    [SetUp]
    public async Task SetUp()
    {
        _directory = new StoreDirectory();
        await using var store = await _directory.OpenAsync();
        await store.PutAsync("a\nb", StoredFiles.Bytes(seed: 1, 300_000));
        await store.PutAsync(StoredFiles.Bytes(seed: 2, 200_000));
    }

    [TearDown]
    public void TearDown() => _directory.Dispose();

    [Test]
    public async Task Check_PrintsDamageAndASum_AndTheExitCodeSaysSo()
    {
        var clean = await RunAsync("check");
        foreach (var xorb in _directory.Xorbs())
        {
            StoreDirectory.Flip(xorb, 1000);
        }

        var damaged = await RunAsync("check");

        Assert.That((clean.ExitCode, damaged.ExitCode), Is.EqualTo((0, 3)));
        Assert.That(clean.Lines, Has.Count.EqualTo(1));
        Assert.That(clean.Lines[0], Does.StartWith("clean\tdamages 0\t").And.Contain("\tchunks ").And.Contain("KiB)"));
        Assert.That(damaged.Lines, Has.Count.EqualTo(4));
        Assert.That(damaged.Lines[2], Does.StartWith("damage\t/a\\u000ab: "));
        Assert.That(damaged.Lines[3], Does.StartWith("damaged\tdamages 3\t"));
    }

    [Test]
    public async Task Gc_TellsWhatItWouldFree_ThenFreesIt()
    {
        var planned = await RunAsync("gc", "--keep", "0s", "--dry-run");
        var kept = await RunAsync("gc");
        var freed = await RunAsync("gc", "--keep", "0s");

        Assert.That(planned.Lines[0], Does.StartWith("would free\t").And.Contain("\txorbs 1\t"));
        Assert.That(kept.Lines[0], Does.StartWith("freed\t0\t0 B\txorbs 0\t"));
        Assert.That(freed.Lines[0], Does.StartWith("freed\t2").And.Contain("\txorbs 1\t").And.Contain("\tfiles 1"));
        Assert.That(_directory.Xorbs(), Has.Length.EqualTo(1));
    }

    [Test]
    public async Task Stats_PrintsNamesAndNumbers()
    {
        var stats = await RunAsync("stats");

        var lines = stats.Lines.Select(line => line.Split('\t')).ToDictionary(parts => parts[0], parts => parts[1..]);
        Assert.That(lines["files"][0], Is.EqualTo("1"));
        Assert.That(lines["logical bytes"], Is.EqualTo(new[] { "300000", "292.97 KiB" }));
        Assert.That(lines["unique bytes"][0], Is.EqualTo("500000"));
        Assert.That(lines["unneeded bytes"][0], Is.EqualTo("200000"));
        Assert.That(double.Parse(lines["ratio"][0], CultureInfo.InvariantCulture), Is.InRange(0.59, 0.6));
    }

    [Test]
    public async Task CheckAndGc_WhileAProcessUsesTheStore_NameIt_AndStatsWorks()
    {
        await using var store = await _directory.OpenAsync();

        var check = await RunAsync("check");
        var gc = await RunAsync("gc", "--keep", "0s");
        var stats = await RunAsync("stats");

        Assert.That((check.ExitCode, gc.ExitCode, stats.ExitCode), Is.EqualTo((2, 2, 0)));
        Assert.That(check.Error, Does.Contain($"in use by process {Environment.ProcessId}"));
        Assert.That(gc.Error, Does.Contain($"in use by process {Environment.ProcessId}"));
    }

    [Test]
    public async Task Gc_AfterAGateway_NeedsItsState_OrToBeToldWhereItIsOrThatItIsGone()
    {
        using var states = new TemporaryDirectory();
        using (var gateway = Fixtures.GatewayProcess.Start(
            "serve", "--state", states["state"], "--store", _directory.Url, "--listen", "127.0.0.1:0", "--admin", "off"))
        {
            gateway.WaitUntilReady();
            gateway.Signal("KILL");
            gateway.WaitForExit();
        }

        var readable = await RunAsync("gc", "--keep", "0s", "--dry-run");
        Directory.Move(states["state"], states["moved"]);
        var lost = await RunAsync("gc", "--keep", "0s", "--dry-run");
        var told = await RunAsync("gc", "--keep", "0s", "--dry-run", "--state", states["moved"]);
        var id = lost.Error.Split("--forget ")[1].Split('.')[0];
        var forgotten = await RunAsync("gc", "--keep", "0s", "--forget", id);
        var after = await RunAsync("gc", "--keep", "0s");

        Assert.That(readable.ExitCode, Is.Zero, readable.Error);
        Assert.That(lost.ExitCode, Is.EqualTo(1));
        Assert.That(lost.Error, Does.Contain(states["state"]).And.Contain("--state DIR"));
        Assert.That((told.ExitCode, forgotten.ExitCode, after.ExitCode), Is.EqualTo((0, 0, 0)), forgotten.Error);
    }

    [TestCase("check")]
    [TestCase("gc")]
    [TestCase("stats")]
    public async Task WithoutAStore_IsOneSentence(string command)
    {
        var outcome = await ChildProcess.RunAsync(
            Repository.Gateway, ["store", command, "--store", $"file://{_directory["none"]}"], s_deadline);

        Assert.That(outcome.ExitCode, Is.EqualTo(2));
        Assert.That(outcome.Error, Does.StartWith("nfsgw: The store directory ").And.EndWith("\n"));
    }

    private Task<Outcome> RunAsync(string command, params string[] arguments) => ChildProcess.RunAsync(
        Repository.Gateway, ["store", command, "--store", _directory.Url, .. arguments], s_deadline);
}
