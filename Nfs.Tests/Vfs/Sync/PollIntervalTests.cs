using Cas.Client;
using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Vfs.Core;

namespace Nfs.Tests.Vfs.Sync;

// Thousands of gateways ask one store what is new: each must ask little, and less while the store is in trouble, and
// must go on when it is well again.
[TestFixture]
internal sealed class PollIntervalTests
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(32);
    private static readonly TimeSpan s_step = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly ManualClock _clock = new();
    private TestGateway _gateway = null!;

    [SetUp]
    public async Task SetUp()
    {
        _gateway = await TestGateway.StartAsync(TestGateway.Quiet with { PollInterval = s_interval }, _clock);
        await NextAsync(0);
    }

    [TearDown]
    public async Task TearDown()
    {
        _gateway.Faults.Heal();
        await _gateway.DisposeAsync();
    }

    [Test]
    [Covers("EC-145")]
    public async Task WhileNothingChanges_OneQuestionAnInterval()
    {
        var calls = _gateway.Faults.Count(StoreCalls.All);
        for (var i = 0; i < 5; i++)
        {
            Assert.That(await NextAsync(), Is.GreaterThanOrEqualTo(s_interval));
        }

        Assert.That(_gateway.Faults.Count(StoreCalls.All) - calls, Is.EqualTo(5));
    }

    [TestCase(CasError.Unauthorized)]
    [TestCase(CasError.Throttled)]
    [TestCase(CasError.Unreachable)]
    [Covers("EC-142")]
    public async Task StoreInTrouble_IsAskedLessAndLess_AndAsBeforeAfterwards(CasError error)
    {
        _gateway.Faults.Fail(StoreCalls.Revision, error);
        await NextAsync();
        var doublings = new List<double>();
        for (var i = 0; i < 8; i++)
        {
            doublings.Add(Math.Floor(await NextAsync() / s_interval));
        }

        Assert.That(doublings, Is.EqualTo(new double[] { 2, 4, 8, 16, 32, 64, 64, 64 }));
        _gateway.Faults.Heal();
        await NextAsync();
        Assert.That(Math.Floor(await NextAsync() / s_interval), Is.EqualTo(1));
    }

    [Test]
    [Covers("EC-145")]
    public async Task StoreThatHangs_IsAskedAgain()
    {
        _gateway.Faults.Stall(StoreCalls.Revision);
        var seen = _gateway.Faults.StallSeen;
        await NextAsync();
        await seen;

        // It gives the question up after half a minute, which is less than an interval.
        Assert.That(await NextAsync(), Is.GreaterThanOrEqualTo(s_interval));
    }

    [Test]
    [Covers("EC-127")]
    public async Task ChangeElsewhere_ShowsWithinAnInterval()
    {
        await _gateway.Memory.ChangeAsync("f", entry => entry);
        var passed = TimeSpan.Zero;
        var started = TimeProvider.System.GetTimestamp();
        while (_gateway.Files.Lookup(Caller.Root, InodeId.Root, FileName.From("f")).Error != VfsError.None)
        {
            passed += s_step;
            _clock.Advance(s_step);
            await Task.Delay(TimeSpan.FromMilliseconds(5));
            Assert.That(TimeProvider.System.GetElapsedTime(started), Is.LessThan(s_patience));
        }

        Assert.That(_gateway.Files.GetStatus().RemoteChanges, Is.EqualTo(1));
    }

    /// <summary>Lets time pass until the store is asked again; how much passed.</summary>
    private async Task<TimeSpan> NextAsync(int? than = null)
    {
        var count = than ?? _gateway.Faults.Count(StoreCalls.Revision);
        var passed = TimeSpan.Zero;
        var started = TimeProvider.System.GetTimestamp();
        while (_gateway.Faults.Count(StoreCalls.Revision) <= count)
        {
            // The loop needs a moment of real time to see what passed, and to begin to wait again.
            await Task.Delay(TimeSpan.FromMilliseconds(5));
            if (_gateway.Faults.Count(StoreCalls.Revision) <= count)
            {
                _clock.Advance(s_step);
                passed += s_step;
            }

            Assert.That(TimeProvider.System.GetElapsedTime(started), Is.LessThan(s_patience), "nothing is asked");
        }

        return passed;
    }
}
