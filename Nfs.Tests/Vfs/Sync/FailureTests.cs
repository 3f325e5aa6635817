using Cas.Client;
using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Vfs.Core;

namespace Nfs.Tests.Vfs.Sync;

// The store fails for one file, or for one call: people must hear of exactly that file and why, the others must arrive,
// and once the store is well everything must, without anybody doing anything.
[TestFixture]
internal sealed class FailureTests
{
    private TestGateway _gateway = null!;

    [SetUp]
    public async Task SetUp() => _gateway = await TestGateway.StartAsync();

    [TearDown]
    public async Task TearDown()
    {
        _gateway.Faults.Heal();
        await _gateway.DisposeAsync();
    }

    [Test]
    [Covers("EC-56", "EC-57", "EC-62")]
    public async Task OneComposeThatFails_FailsItsFileAlone()
    {
        var files = new List<InodeId>();
        for (var i = 0; i < 8; i++)
        {
            files.Add(await _gateway.MakeStoredFileAsync($"f{i}", RandomBytes.Of(1000, i)));
        }

        foreach (var file in files)
        {
            await _gateway.WriteAsync(file, 500, [1, 2, 3]);
        }

        _gateway.Faults.FailOnce(StoreCalls.Compose, CasError.Corrupt);

        var failed = (await _gateway.TrySyncAsync()).Select(f => f.Path).ToList();

        Assert.That(failed, Has.Count.EqualTo(1));
        for (var i = 0; i < 8; i++)
        {
            var expected = RandomBytes.Of(1000, i);
            if (!failed.Contains($"f{i}"))
            {
                new byte[] { 1, 2, 3 }.CopyTo(expected, 500);
            }

            Assert.That(await _gateway.StoredBytesAsync($"f{i}"), Is.EqualTo(expected));
        }

        await _gateway.SyncAsync();
        Assert.That(
            await _gateway.StoredBytesAsync(failed[0]), Is.EqualTo(await _gateway.ReadAllAsync(_gateway.Find(failed[0]))));
    }

    [Test]
    [Covers("EC-59", "EC-60", "EC-106")]
    public async Task UploadThatFails_IsToldWithItsReason_AndEditsOfOthersArrive()
    {
        var edited = await _gateway.MakeStoredFileAsync("edited", RandomBytes.Of(1000, 1));
        await _gateway.WriteAsync(edited, 0, [9]);
        await _gateway.MakeFileAsync("new", [1, 2, 3]);
        _gateway.Faults.Fail(StoreCalls.Put, CasError.Throttled);

        // The fake store composes by putting; only puts that come from outside fail.
        var failures = await _gateway.TrySyncAsync();

        Assert.That(failures.Select(f => (f.Path, f.Failure)), Is.EqualTo(new[] { ("new", "made up by the test") }));
        Assert.That((await _gateway.StoredBytesAsync("edited"))![0], Is.EqualTo(9));
        Assert.That(await _gateway.StoredAsync("new"), Is.Null);
        _gateway.Faults.Heal();
        await _gateway.SyncAsync();
        Assert.That(await _gateway.StoredBytesAsync("new"), Is.EqualTo(new byte[] { 1, 2, 3 }));
    }

    [Test]
    [Covers("EC-61", "EC-62", "EC-87")]
    public async Task CommitThatFails_IsTriedAgain_WithoutSendingTheBytesAgain()
    {
        await _gateway.MakeFileAsync("same", [7]);
        await _gateway.SyncAsync();
        await _gateway.MakeFileAsync("a", RandomBytes.Of(1000, 1));
        await _gateway.MakeFileAsync("b", RandomBytes.Of(1000, 2));
        _gateway.Faults.Fail(StoreCalls.Commit, CasError.Unreachable);

        var failures = await _gateway.TrySyncAsync();

        Assert.That(failures.Select(f => f.Path), Is.EquivalentTo(new[] { "a", "b" }));
        var puts = _gateway.Faults.Count(StoreCalls.Put);
        _gateway.Faults.Heal();
        await _gateway.SyncAsync();
        Assert.That(_gateway.Faults.Count(StoreCalls.Put), Is.EqualTo(puts));
        Assert.That(await _gateway.StoredPathsAsync(), Is.EqualTo(new[] { "a", "b", "same" }));
    }

    [Test]
    public async Task StoreThatIsAway_DoesNotStopARestart()
    {
        var file = await _gateway.MakeFileAsync("f", [1, 2, 3]);
        _gateway.Faults.Fail(StoreCalls.All, CasError.Unreachable);

        await _gateway.ReopenAsync();

        Assert.That(await _gateway.ReadAllAsync(file), Is.EqualTo(new byte[] { 1, 2, 3 }));
        await _gateway.WriteAsync(file, 1, [9]);
        _gateway.Faults.Heal();
        await _gateway.SyncAsync();
        Assert.That(await _gateway.StoredBytesAsync("f"), Is.EqualTo(new byte[] { 1, 9, 3 }));
    }

    [Test]
    [Covers("EC-240")]
    public async Task KillBetweenUploadAndCommit_LosesNothing()
    {
        var file = await _gateway.MakeStoredFileAsync("f", RandomBytes.Of(1000, 1));
        await _gateway.WriteAsync(file, 0, [9], Stability.FileSync);
        _gateway.Faults.Fail(StoreCalls.Commit, CasError.Unreachable);
        await _gateway.TrySyncAsync();

        _gateway = await _gateway.CrashAsync();
        await _gateway.SyncAsync();

        byte[] expected = [9, .. RandomBytes.Of(1000, 1)[1..]];
        Assert.That(await _gateway.ReadAllAsync(file), Is.EqualTo(expected));
        Assert.That(await _gateway.StoredBytesAsync("f"), Is.EqualTo(expected));
    }

    [Test]
    [Covers("EC-54")]
    public async Task StoreThatTellsAWrongSize_IsNotBelieved([Values] bool isNew)
    {
        var bytes = RandomBytes.Of(10_000, 1);
        var file = isNew ? await _gateway.MakeFileAsync("f", bytes) : await _gateway.MakeStoredFileAsync("f", bytes);
        await _gateway.WriteAsync(file, 5000, [1, 2, 3]);
        new byte[] { 1, 2, 3 }.CopyTo(bytes, 5000);
        _gateway.Faults.TellWrongSizeOnce(isNew ? StoreCalls.Put : StoreCalls.Compose);

        Assert.That(await _gateway.TrySyncAsync(), Has.Count.EqualTo(1));

        await _gateway.SyncAsync();
        await _gateway.EvictAsync();
        Assert.That(await _gateway.ReadAllAsync(file), Is.EqualTo(bytes));
        await _gateway.WriteAsync(file, 9000, [4]);
        bytes[9000] = 4;
        await _gateway.SyncAsync();
        Assert.That(await _gateway.StoredBytesAsync("f"), Is.EqualTo(bytes));
    }

    [Test]
    [Covers("EC-85", "EC-92", "N-110", "N-135")]
    public async Task StoreThatIsAway_HoldsUpNothingThatIsHere()
    {
        var file = await _gateway.MakeStoredFileAsync("f", RandomBytes.Of(10_000, 1));
        await _gateway.ReadAllAsync(file);
        _gateway.Faults.Stall(StoreCalls.All);
        var calls = _gateway.Faults.Count(StoreCalls.All);

        await Task.Run(async () =>
        {
            Assert.That(await _gateway.ReadAllAsync(file), Is.EqualTo(RandomBytes.Of(10_000, 1)));
            await _gateway.WriteAsync(file, 0, [1], Stability.FileSync);
            await _gateway.CommitAsync(file);
            await _gateway.ResizeAsync(file, 100);
            await _gateway.MakeFileAsync("new", [1]);
            await _gateway.RenameAsync("f", "g");
            await _gateway.RemoveAsync("new");
            await _gateway.MakeDirectoryAsync("d");
            await _gateway.RemoveDirectoryAsync("d");
        }).WaitAsync(TimeSpan.FromSeconds(60));

        Assert.That(_gateway.Faults.Count(StoreCalls.All), Is.EqualTo(calls), "nothing was asked of the store");
    }
}
