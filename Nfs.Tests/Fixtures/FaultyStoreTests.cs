using Cas.Client;
using NUnit.Framework;

namespace Nfs.Tests.Fixtures;

// If these fail, tests of outages and retries pass without any outage.
[TestFixture]
internal sealed class FaultyStoreTests
{
    private readonly FaultyStore _store = new(new InMemoryStore());

    [TearDown]
    public void TearDown() => _store.Faults.Heal();

    [Test]
    public async Task Fail_UntilHealed_HasNoEffect()
    {
        _store.Faults.Fail(StoreCalls.Put, CasError.Unreachable);

        var failed = await PutAsync(1);
        var probe = await _store.ProbeAsync(default);
        _store.Faults.Heal();
        var healed = await PutAsync(1);

        Assert.That(failed.Error, Is.EqualTo(CasError.Unreachable));
        Assert.That(probe.IsOk, Is.True);
        Assert.That(healed.IsOk, Is.True);
    }

    [Test]
    public async Task FailOnce_NextCallOnly()
    {
        _store.Faults.FailOnce(StoreCalls.All, CasError.Throttled);

        Assert.That((await PutAsync(2)).Error, Is.EqualTo(CasError.Throttled));
        Assert.That((await PutAsync(2)).IsOk, Is.True);
        Assert.That((await _store.ProbeAsync(default)).Error, Is.EqualTo(CasError.Throttled));
    }

    [Test]
    public async Task TellWrongSizeOnce_NextCallOnly()
    {
        _store.Faults.TellWrongSizeOnce(StoreCalls.Put);

        Assert.That((await PutAsync(2)).Value.Size, Is.Not.EqualTo((await PutAsync(2)).Value.Size));
    }

    [Test]
    public async Task FailOnceAfterEffect_DidIt()
    {
        var change = new TreeChange("late"u8.ToArray(), new TreeEntry { Kind = TreeEntryKind.Fifo }, TreeVersion.Absent);
        _store.Faults.FailOnceAfterEffect(StoreCalls.Commit, CasError.Unreachable);

        var commit = await _store.Tree.CommitAsync([change], default);

        Assert.That(commit.Error, Is.EqualTo(CasError.Unreachable));
        Assert.That((await _store.Tree.LookupAsync("late"u8.ToArray(), default)).Value, Is.Not.Null);
    }

    [Test]
    public async Task Stall_UntilHealedOrCancelled()
    {
        using var giveUp = new CancellationTokenSource();
        _store.Faults.Stall(StoreCalls.Put);

        var patient = PutAsync(3).AsTask();
        var impatient = _store.Content.PutAsync(new MemorySource(new byte[1]), giveUp.Token).AsTask();
        await _store.Faults.StallSeen;
        giveUp.Cancel();

        Assert.That(() => impatient, Throws.InstanceOf<OperationCanceledException>());
        Assert.That(patient.IsCompleted, Is.False);
        _store.Faults.Heal();
        Assert.That((await patient).IsOk, Is.True);
    }

    [Test]
    public async Task Count_CallsAndBytes()
    {
        var store = new FaultyStore(new InMemoryStore());
        var content = (await store.Content.PutAsync(new MemorySource(new byte[100]), default)).Value;

        await store.Content.ReadAsync(content, 10, new byte[30], default);
        await store.Content.ReadAsync(content, 90, new byte[30], default);

        Assert.That(store.Faults.Count(StoreCalls.Read), Is.EqualTo(2));
        Assert.That(store.Faults.Count(StoreCalls.All), Is.EqualTo(3));
        Assert.That(store.Faults.BytesRead, Is.EqualTo(30));
    }

    private ValueTask<CasResult<ContentId>> PutAsync(byte value) =>
        _store.Content.PutAsync(new MemorySource(new[] { value }), default);
}
