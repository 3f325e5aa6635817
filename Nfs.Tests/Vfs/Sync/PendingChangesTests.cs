using Cas.Client;
using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Vfs.Core;

namespace Nfs.Tests.Vfs.Sync;

// Users rename, remove and make again while the change before is still on its way to the store, or failed on it: what
// arrives in the end is what they see, and nothing that they removed comes back.
[TestFixture]
internal sealed class PendingChangesTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

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
    [Covers("EC-73", "EC-196", "N-174")]
    public async Task DirectoryRenamed_WhileItsFilesAreSent_HasThemUnderTheNewNameOnly()
    {
        var directory = await _gateway.MakeDirectoryAsync("old");
        var below = await _gateway.MakeDirectoryAsync("below", directory);
        var files = new List<InodeId>
        {
            await _gateway.MakeFileAsync("a", RandomBytes.Of(1000, 1), directory),
            await _gateway.MakeFileAsync("b", RandomBytes.Of(1000, 2), below),
        };
        await _gateway.SyncAsync();
        foreach (var file in files)
        {
            await _gateway.WriteAsync(file, 10, [1, 2, 3]);
        }

        var sync = await StallSyncAsync(StoreCalls.Put | StoreCalls.Compose);
        await _gateway.RenameAsync("old", "new");
        _gateway.Faults.Heal();
        await sync;
        await _gateway.SyncAsync();

        Assert.That(
            await _gateway.StoredPathsAsync(), Is.EqualTo(new[] { "new", "new/a", "new/below", "new/below/b" }));
        Assert.That(await _gateway.StoredBytesAsync("new/a"), Is.EqualTo(await _gateway.ReadAllAsync(files[0])));
        Assert.That(await _gateway.StoredBytesAsync("new/below/b"), Is.EqualTo(await _gateway.ReadAllAsync(files[1])));
    }

    [Test]
    [Covers("EC-93", "EC-130")]
    public async Task RemovalThatTheStoreFailedOn_IsGoneHere_AndIsTriedAgain()
    {
        await _gateway.MakeStoredFileAsync("f", [1, 2, 3]);
        await _gateway.RemoveAsync("f");
        Assert.That(Lookup("f"), Is.EqualTo(VfsError.NoEnt), "before the store knows");
        _gateway.Faults.Fail(StoreCalls.Commit, CasError.Unreachable);
        await _gateway.TrySyncAsync();
        Assert.That(Lookup("f"), Is.EqualTo(VfsError.NoEnt), "after the store failed");

        _gateway.Faults.Heal();
        await _gateway.SyncAsync();

        Assert.That(await _gateway.StoredPathsAsync(), Is.Empty);
    }

    [Test]
    [Covers("EC-94", "EC-200")]
    public async Task MadeAgain_WhileTheRemovalIsOnItsWay_TheNewFileStays()
    {
        await _gateway.MakeStoredFileAsync("f", [1, 2, 3]);
        await _gateway.RemoveAsync("f");

        var sync = await StallSyncAsync(StoreCalls.Commit);
        await _gateway.MakeFileAsync("f", [4, 5]);
        _gateway.Faults.Heal();
        await sync;
        await _gateway.SyncAsync();

        Assert.That(await _gateway.StoredBytesAsync("f"), Is.EqualTo(new byte[] { 4, 5 }));
    }

    [Test]
    [Covers("EC-195", "EC-197", "EC-199", "EC-202")]
    public async Task RenamesOverWhatIsNotSentYet_LeaveWhatUsersSee()
    {
        foreach (var name in new[] { "emptied", "edited", "removed", "mover", "target", "over" })
        {
            await _gateway.MakeStoredFileAsync(name, RandomBytes.Of(1000, name.Length));
        }

        // Emptied or edited, then renamed: no copy stays at the old path.
        await _gateway.ResizeAsync(_gateway.Find("emptied"), 0);
        await _gateway.RenameAsync("emptied", "emptied2");
        await _gateway.WriteAsync(_gateway.Find("edited"), 5, [9]);
        await _gateway.RenameAsync("edited", "edited2");

        // Onto a path whose removal is waiting.
        await _gateway.RemoveAsync("removed");
        await _gateway.RenameAsync("mover", "removed");

        // Over a file that is dirty and was renamed itself.
        await _gateway.WriteAsync(_gateway.Find("target"), 0, [1]);
        await _gateway.RenameAsync("target", "target2");
        await _gateway.RenameAsync("over", "target2");

        await _gateway.SyncAsync();
        string[] left = ["edited2", "emptied2", "removed", "target2"];
        Assert.That(await _gateway.StoredPathsAsync(), Is.EqualTo(left));
        foreach (var path in left)
        {
            Assert.That(
                await _gateway.StoredBytesAsync(path), Is.EqualTo(await _gateway.ReadAllAsync(_gateway.Find(path))), path);
        }
    }

    [Test]
    [Covers("EC-141", "EC-206")]
    public async Task ManyRemovals_CostAFewCalls()
    {
        var directory = await _gateway.MakeDirectoryAsync("d");
        for (var i = 0; i < 300; i++)
        {
            await _gateway.MakeFileAsync($"f{i}", null, directory);
        }

        await _gateway.SyncAsync();
        var (asked, committed) = (
            _gateway.Faults.Count(StoreCalls.List | StoreCalls.Lookup), _gateway.Faults.Count(StoreCalls.Commit));

        for (var i = 0; i < 300; i++)
        {
            await _gateway.RemoveAsync($"f{i}", directory);
        }

        await _gateway.RemoveDirectoryAsync("d");
        await _gateway.SyncAsync();

        Assert.That(await _gateway.StoredPathsAsync(), Is.Empty);
        Assert.That(_gateway.Faults.Count(StoreCalls.List | StoreCalls.Lookup), Is.EqualTo(asked));
        Assert.That(_gateway.Faults.Count(StoreCalls.Commit) - committed, Is.InRange(1, 3));
    }

    private VfsError Lookup(string name) =>
        _gateway.Files.Lookup(Caller.Root, InodeId.Root, FileName.From(name)).Error;

    /// <summary>A sync that hangs in one of these calls.</summary>
    private async Task<Task> StallSyncAsync(StoreCalls calls)
    {
        _gateway.Faults.Stall(calls);
        var seen = _gateway.Faults.StallSeen;
        var sync = _gateway.Files.SyncAsync(default, default);
        await seen.WaitAsync(s_limit);
        return sync;
    }
}
