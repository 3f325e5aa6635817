using System.Text;
using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Vfs.Core;
using Vfs.Core.Sync;

namespace Nfs.Tests.Vfs.Sync;

// A change without its mark never reaches the store; marks that are always due flood it.
[TestFixture]
internal sealed class SyncMarksTests
{
    private static readonly TimeSpan s_debounce = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_ageMax = TimeSpan.FromSeconds(30);
    private static readonly InodeId s_file = new(42);

    private ManualClock _clock = null!;
    private StateDatabase _database = null!;
    private SyncMarks _marks = null!;

    [SetUp]
    public void SetUp()
    {
        _clock = new ManualClock();
        _database = new StateDatabase(_clock);
        _marks = new SyncMarks(_database.Commit, _clock, s_debounce, s_ageMax);
    }

    [TearDown]
    public void TearDown() => _database.Dispose();

    [Test]
    [Covers("N-146")]
    public void Change_IsDue_OnceNothingMoreHappens()
    {
        Touch();
        Assert.That(Take(), Is.Empty);

        Advance(1.5);
        Touch();
        Advance(1.5);
        Assert.That(Take(), Is.Empty, "the second change started the wait again");

        Advance(0.5);
        Assert.That(Take(), Has.Count.EqualTo(1));
        Assert.That(Take(), Is.Empty, "it is the worker's");
    }

    [Test]
    [Covers("EC-69", "N-146")]
    public void ConstantChange_IsDue_AtItsGreatestAge()
    {
        for (var second = 0; second < 30; second++)
        {
            Touch();
            Assert.That(Take(), Is.Empty, $"second {second}");
            Advance(1);
        }

        Assert.That(Take(), Has.Count.EqualTo(1));
    }

    [Test]
    public void ClockThatIsSetBack_DelaysNothing()
    {
        Touch();
        _clock.SetBack(TimeSpan.FromDays(365));

        Advance(2);
        Assert.That(Take(), Has.Count.EqualTo(1));
    }

    [Test]
    public void AllAtOnce_AreTakenInTheOrderOfTheirAge()
    {
        foreach (var id in new ulong[] { 7, 3, 9, 1, 5 })
        {
            lock (_database.Commit.Gate)
            {
                _marks.AddInodeLocked(new InodeId(id));
            }

            Advance(0.1);
        }

        lock (_database.Commit.Gate)
        {
            _marks.ExpediteLocked(new SyncBarrier());
        }

        Assert.That(Take().Select(taken => taken.Mark.Inode.Value), Is.EqualTo(new ulong[] { 7, 3, 9, 1, 5 }));
    }

    [Test]
    [Covers("EC-66")]
    public void ManyChanges_AreOneMark()
    {
        for (var i = 0; i < 10; i++)
        {
            Touch();
        }

        Advance(2);
        Assert.That(Take(), Has.Count.EqualTo(1));
        Assert.That(_marks.Count, Is.EqualTo(1));
    }

    [Test]
    [Covers("EC-30")]
    public void ChangeDuringWork_KeepsTheMark()
    {
        Touch();
        Advance(2);
        var (mark, generation) = Take().Single();

        Touch();
        Locked(() => _marks.DoneLocked(mark, generation));

        Assert.That(_marks.Count, Is.EqualTo(1));
        Advance(2);
        Assert.That(Take(), Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Done_ForgetsTheMark_InTheDatabaseToo()
    {
        Touch();
        Locked(() => _marks.AddNameLocked(InodeId.Root, "name"u8, isSubtree: true));
        await _database.Commit.WhenDurableAsync();
        Assert.That(_database.Query("SELECT inode FROM unsynced_inode"), Is.EqualTo(new[] { "42" }));
        Assert.That(_database.Query("SELECT dir,name,subtree FROM unsynced_name"), Is.EqualTo(new[] { "1,name,1" }));

        Advance(2);
        foreach (var (mark, generation) in Take())
        {
            Locked(() => _marks.DoneLocked(mark, generation));
        }

        await _database.Commit.WhenDurableAsync();
        Assert.That(_marks.Count, Is.Zero);
        Assert.That(
            _database.Query("SELECT 1 FROM unsynced_inode UNION ALL SELECT 1 FROM unsynced_name"), Is.Empty);
    }

    [Test]
    [Covers("EC-65")]
    public void Failures_AreRetried_LaterEachTime_UpToAMinute([Values(0, 2)] int debounceSeconds)
    {
        _marks = new SyncMarks(_database.Commit, _clock, TimeSpan.FromSeconds(debounceSeconds), s_ageMax);
        Touch();
        Advance(2);
        var delays = new List<double>();
        for (var i = 0; i < 12; i++)
        {
            var (mark, _) = Take().Single();
            var delay = TimeSpan.Zero;
            Locked(() => delay = _marks.RetryLocked(mark, "no"));
            delays.Add(delay.TotalSeconds);
            _clock.Advance(delay - TimeSpan.FromMilliseconds(1));
            Assert.That(Take(), Is.Empty, $"failure {i}");
            _clock.Advance(TimeSpan.FromMilliseconds(1));
        }

        Assert.That(delays.Take(8), Is.EqualTo(new[] { 0.5, 1, 2, 4, 8, 16, 32, 60 }));
        Assert.That(delays.Skip(8), Is.All.EqualTo(60.0));
    }

    [Test]
    [Covers("EC-64")]
    public void OtherTraffic_DoesNotCutARetryShort()
    {
        Touch();
        Advance(2);
        var (failed, _) = Take().Single();
        for (var i = 0; i < 5; i++)
        {
            Locked(() => _marks.RetryLocked(failed, "no"));
        }

        Locked(() => _marks.AddInodeLocked(new InodeId(43)));
        Touch();
        Advance(3);

        Assert.That(Take().Select(x => x.Mark.Inode), Is.EqualTo(new[] { new InodeId(43) }));
    }

    [Test]
    public void Success_EndsTheBackoff()
    {
        Touch();
        Advance(2);
        var (mark, generation) = Take().Single();
        Locked(() => _marks.RetryLocked(mark, "no"));
        Advance(1);
        (mark, generation) = Take().Single();
        Touch();
        Locked(() => _marks.DoneLocked(mark, generation));

        Advance(2);
        Assert.That(Take(), Has.Count.EqualTo(1));
    }

    [Test]
    public void Expedite_MakesDue_WhatIsDebouncedOrBackedOff()
    {
        Touch();
        Locked(() => _marks.AddInodeLocked(new InodeId(43)));
        Advance(2);
        var failed = Take().First().Mark;
        Locked(() => _marks.RetryLocked(failed, "no"));
        var barrier = Expedite();

        var taken = Take();
        Assert.That(taken.Select(x => x.Mark), Does.Contain(failed));
        Assert.That(barrier.Completion.IsCompleted, Is.False);
    }

    [Test]
    public void Barrier_WaitsForEachMark_AsItWas()
    {
        Touch();
        Advance(2);
        var (mark, old) = Take().Single();
        Touch();
        var barrier = Expedite();

        Locked(() => _marks.DoneLocked(mark, old));
        Assert.That(barrier.Completion.IsCompleted, Is.False, "that work began before the change");

        var (again, generation) = Take().Single();
        Touch();
        Locked(() => _marks.DoneLocked(again, generation));
        Assert.That(barrier.Completion.IsCompleted, Is.True, "the last change came after the barrier");
        Assert.That(barrier.Failures, Is.Empty);
    }

    [Test]
    public void Barrier_ReportsFailures()
    {
        Touch();
        var barrier = Expedite();
        var (mark, _) = Take().Single();

        Locked(() => _marks.RetryLocked(mark, "the reason"));

        Assert.That(barrier.Completion.IsCompleted, Is.True);
        Assert.That(barrier.Failures.Single(), Is.EqualTo((mark, "the reason")));
    }

    [Test]
    public void Barrier_OverNothing_IsComplete() => Assert.That(Expedite().Completion.IsCompleted, Is.True);

    [Test]
    public async Task Load_TakesOverWhatTheDatabaseHolds()
    {
        Touch();
        Locked(() =>
        {
            _marks.AddNameLocked(InodeId.Root, [0xFF, 1], isSubtree: false);
            _marks.AddNameLocked(InodeId.Root, "moved"u8, isSubtree: false);
            _marks.AddNameLocked(InodeId.Root, "moved"u8, isSubtree: true);
            _marks.AddNameLocked(InodeId.Root, "moved"u8, isSubtree: false);
        });
        await _database.Commit.WhenDurableAsync();

        var loaded = new SyncMarks(_database.Commit, _clock, s_debounce, s_ageMax);
        loaded.Load(_database.Reader, areHeld: false);

        Advance(2);
        var found = new List<string>();
        Locked(() => found.AddRange(loaded.TakeDueLocked(10).Select(x => Describe(x.Mark))));
        Assert.That(found, Is.EquivalentTo(new[] { "42", "1/FF01", $"1/{Hex("moved")} subtree" }));
        Assert.That(loaded.Count, Is.EqualTo(3));
    }

    [Test]
    public void TakeDue_KeepsToItsLimit()
    {
        for (var i = 1UL; i <= 10; i++)
        {
            Locked(() => _marks.AddInodeLocked(new InodeId(i)));
        }

        Advance(2);
        var taken = 0;
        Locked(() => taken = _marks.TakeDueLocked(4).Count);
        Assert.That(taken, Is.EqualTo(4));
        Assert.That(Take(), Has.Count.EqualTo(6));
    }

    [Test]
    public void UntilNext_SaysWhenToLookAgain()
    {
        TimeSpan? next = null;
        Locked(() => next = _marks.UntilNextLocked());
        Assert.That(next, Is.Null);

        Touch();
        Advance(0.5);
        Locked(() => next = _marks.UntilNextLocked());
        Assert.That(next, Is.EqualTo(TimeSpan.FromSeconds(1.5)));
    }

    [Test]
    public void Name_OfAFileThatIsBeingWritten_WaitsForTheFile()
    {
        Locked(() => _marks.AddNameLocked(InodeId.Root, "new"u8, isSubtree: false));
        Advance(1);
        Touch();
        Advance(1);
        var (name, _) = Take().Single();

        Locked(() => Assert.That(_marks.DeferLocked(name, s_file), Is.True));
        Assert.That(Take(), Is.Empty, "the file was written a second ago");

        Advance(1);
        Assert.That(Take().Select(x => x.Mark.Name is null), Is.EquivalentTo(new[] { true, false }));
        Locked(() => Assert.That(_marks.DeferLocked(name, s_file), Is.False, "the file is being sent"));
    }

    [Test]
    public void Name_ThatSomebodyWaitsFor_DoesNotWaitForAWriterWhoBeganSince()
    {
        Locked(() => _marks.AddNameLocked(InodeId.Root, "new"u8, isSubtree: false));
        var barrier = Expedite();
        var (name, generation) = Take().Single();

        Touch();
        Locked(() => Assert.That(_marks.DeferLocked(name, s_file), Is.False));
        Locked(() => _marks.DoneLocked(name, generation));

        Assert.That(barrier.Completion.IsCompleted, Is.True);
    }

    [Test]
    public async Task HeldMark_IsNobodysWork_UntilSomethingHappensToIt()
    {
        Touch();
        Advance(2);
        var (mark, generation) = Take().Single();
        Locked(() => _marks.HoldLocked(mark, generation));

        Advance(100);
        Assert.That(Expedite().Completion.IsCompleted, Is.True, "nobody waits for it");
        Assert.That(Take(), Is.Empty);
        Assert.That((_marks.Count, _marks.HeldCount), Is.EqualTo((0, 1)));
        await _database.Commit.WhenDurableAsync();
        Assert.That(_database.Query("SELECT inode FROM unsynced_inode"), Is.EqualTo(new[] { "42" }), "a restart knows it");

        Touch();
        Assert.That((_marks.Count, _marks.HeldCount), Is.EqualTo((1, 0)));
        Assert.That(Take(), Is.Empty, "it is debounced like any other");
        Advance(2);
        Assert.That(Take().Single().Mark, Is.SameAs(mark));
    }

    [Test]
    public void MarkThatIsTouchedWhileItIsLookedAt_IsNotHeld()
    {
        Touch();
        Advance(2);
        var (mark, generation) = Take().Single();
        Touch();
        Locked(() => _marks.HoldLocked(mark, generation));

        Advance(2);
        Assert.That(Take().Single().Mark, Is.SameAs(mark));
    }

    private static string Hex(string text) => Convert.ToHexString(Encoding.UTF8.GetBytes(text));

    private static string Describe(Mark mark) => mark.Name is { } name
        ? $"{mark.Inode}/{Convert.ToHexString(name)}{(mark.IsSubtree ? " subtree" : "")}"
        : mark.Inode.ToString();

    private void Touch() => Locked(() => _marks.AddInodeLocked(s_file));

    private void Advance(double seconds) => _clock.Advance(TimeSpan.FromSeconds(seconds));

    private List<(Mark Mark, long Generation)> Take()
    {
        lock (_database.Commit.Gate)
        {
            return _marks.TakeDueLocked(100);
        }
    }

    private SyncBarrier Expedite()
    {
        var barrier = new SyncBarrier();
        lock (_database.Commit.Gate)
        {
            _marks.ExpediteLocked(barrier);
            barrier.Seal();
        }

        return barrier;
    }

    private void Locked(Action action)
    {
        lock (_database.Commit.Gate)
        {
            action();
        }
    }
}
