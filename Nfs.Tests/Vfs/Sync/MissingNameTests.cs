using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Vfs.Core;

namespace Nfs.Tests.Vfs.Sync;

// Who is told of a new file and opens it must not wait for the next poll; and who asks for names that nobody has must not
// wait for the store, nor cost it a request each.
[TestFixture]
internal sealed class MissingNameTests
{
    private readonly ManualClock _clock = new();
    private TestGateway _gateway = null!;

    private StoreFaults Faults => _gateway.Faults;

    [SetUp]
    public async Task SetUp()
    {
        _gateway = await TestGateway.StartAsync(
            TestGateway.Quiet with { PollInterval = TimeSpan.FromHours(1) }, _clock);
        await Eventually.IsSoAsync(() => Faults.Count(StoreCalls.Revision) > 0);
        await PollAsync();
    }

    [TearDown]
    public async Task TearDown()
    {
        Faults.Heal();
        await _gateway.DisposeAsync();
    }

    [Test]
    [Covers("EC-128")]
    public async Task NewName_IsFoundWhenItIsWanted_AndItsSiblingsStayAsTheyAre()
    {
        await MakeStoredDirectoryAsync("d");
        await PollAsync();
        await PutElsewhereAsync("d/new", [7, 8]);
        await PutElsewhereAsync("d/other", [1]);

        Assert.That(await FindAsync("new", _gateway.Find("d")), Is.True);

        Assert.That(await _gateway.ReadAllAsync(_gateway.Find("d/new")), Is.EqualTo(new byte[] { 7, 8 }));
        Assert.That(Lookup("other", _gateway.Find("d")), Is.EqualTo(VfsError.NoEnt));
        Assert.That(Faults.Count(StoreCalls.Lookup), Is.GreaterThan(0));
        Assert.That(_gateway.Files.GetStatus().QueueLength, Is.Zero, "nothing to send");
        await PollAsync();
        Assert.That(Lookup("other", _gateway.Find("d")), Is.EqualTo(VfsError.None));
    }

    [Test]
    [Covers("EC-134")]
    public async Task PrefixOfAName_IsNoName()
    {
        await PutElsewhereAsync("x.json", [7]);

        Assert.That(await FindAsync("x"), Is.False);
        Assert.That(await FindAsync("x.json"), Is.True);
    }

    [Test]
    [Covers("EC-131", "EC-132")]
    public async Task ThousandNamesThatNobodyHas_AreOneQuestion_UntilTheMomentIsOver()
    {
        var calls = Faults.Count(StoreCalls.All);
        for (var i = 0; i < 1000; i++)
        {
            Assert.That(await FindAsync($"n{i}"), Is.False);
        }

        Assert.That(Faults.Count(StoreCalls.All), Is.EqualTo(calls + 1));

        await PutElsewhereAsync("n5", [7]);
        _clock.Advance(TimeSpan.FromSeconds(2));

        Assert.That(await FindAsync("n5"), Is.True);
    }

    [Test]
    public async Task OtherChanges_CostFewLookupsInVain_ButEachNewNameIsFound()
    {
        for (var i = 0; i < 50; i++)
        {
            await PutElsewhereAsync($"theirs{i}", [7]);
        }

        var lookups = Faults.Count(StoreCalls.Lookup);
        for (var i = 0; i < 50; i++)
        {
            Assert.That(await FindAsync($"theirs{i}"), Is.True);
        }

        for (var i = 0; i < 50; i++)
        {
            Assert.That(await FindAsync($"nobodys{i}"), Is.False);
        }

        Assert.That(Faults.Count(StoreCalls.Lookup) - lookups, Is.EqualTo(52));
    }

    [Test]
    [Covers("EC-130", "EC-131")]
    public async Task WhatWasRemovedOrMadeHere_IsNotLookedUp()
    {
        await _gateway.MakeStoredFileAsync("gone", [1]);
        await PollAsync();
        await PutElsewhereAsync("theirs", [7]);
        await _gateway.RemoveAsync("gone");
        var ours = await _gateway.MakeDirectoryAsync("ours");
        var lookups = Faults.Count(StoreCalls.Lookup);

        Assert.That(await FindAsync("gone"), Is.False);
        Assert.That(await FindAsync("f", ours), Is.False);

        Assert.That(Faults.Count(StoreCalls.Lookup), Is.EqualTo(lookups));
    }

    [Test]
    public async Task AnswerOlderThanOurRemoval_DoesNotUndoIt()
    {
        await PutElsewhereAsync("f", [7]);
        Faults.StallAfterEffect(StoreCalls.Lookup);
        var seen = Faults.StallSeen;
        var finding = FindAsync("f");
        await seen;
        await _gateway.MakeFileAsync("f", [1]);
        await _gateway.RemoveAsync("f");
        Faults.Heal();

        Assert.That(await finding, Is.False);
        Assert.That(Lookup("f", InodeId.Root), Is.EqualTo(VfsError.NoEnt));
    }

    [Test]
    public async Task StoreThatDoesNotAnswer_IsWaitedForOnce()
    {
        Faults.Stall(StoreCalls.Revision);
        var seen = Faults.StallSeen;
        var finding = FindAsync("f");
        await seen;
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.That(await finding, Is.False);

        var calls = Faults.Count(StoreCalls.All);
        _clock.Advance(TimeSpan.FromSeconds(20));
        Assert.That(await FindAsync("f"), Is.False);
        Assert.That(Faults.Count(StoreCalls.All), Is.EqualTo(calls));
    }

    [Test]
    public async Task StoreThatFails_IsNoErrorForWhoLooks()
    {
        Faults.ThrowOnce(StoreCalls.Revision);

        Assert.That(await FindAsync("f"), Is.False);

        _clock.Advance(TimeSpan.FromSeconds(30));
        await PutElsewhereAsync("f", [7]);
        Assert.That(await FindAsync("f"), Is.True);
    }

    private async Task<bool> FindAsync(string name, InodeId? directory = null) =>
        await _gateway.Files.FindElsewhereAsync(directory ?? InodeId.Root, FileName.From(name));

    private VfsError Lookup(string name, InodeId directory) =>
        _gateway.Files.Lookup(Caller.Root, directory, FileName.From(name)).Error;

    private async Task MakeStoredDirectoryAsync(string name)
    {
        await _gateway.MakeDirectoryAsync(name);
        await _gateway.SyncAsync();
    }

    private async Task PollAsync() => Assert.That(await _gateway.Files.PollAsync(), Is.True);

    private Task PutElsewhereAsync(string path, byte[] bytes) => _gateway.Memory.PutAsync(path, bytes);
}
