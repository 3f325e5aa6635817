using System.Text;
using Cas.Client;
using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Vfs.Core;

namespace Nfs.Tests.Vfs.Sync;

// Others write to the store: what they did must show here, under the handles that clients have, and nothing that was
// done here must go because of it, whatever the store says, and whenever.
[TestFixture]
internal sealed class PollingTests
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
    [Covers("EC-115", "EC-120", "EC-127", "EC-139", "EC-140", "EC-250")]
    public async Task ChangedFile_ShowsUnderItsHandle([Values] bool isCached, [Values] bool hasSameSize)
    {
        var file = await _gateway.MakeStoredFileAsync("f", RandomBytes.Of(100_000, 1));
        var before = _gateway.Attributes(file);
        if (isCached)
        {
            await _gateway.ReadAllAsync(file);
        }

        var bytes = RandomBytes.Of(hasSameSize ? 100_000 : 70_000, 2);
        await PutElsewhereAsync("f", bytes);
        await PollAsync();

        var after = _gateway.Attributes(file);
        Assert.That(after.Size, Is.EqualTo((ulong)bytes.Length));
        Assert.That(after.Mtime, Is.Not.EqualTo(before.Mtime), "clients keep what they have otherwise");
        Assert.That(after.Ctime, Is.GreaterThan(before.Ctime));
        Assert.That(await _gateway.ReadAllAsync(file), Is.EqualTo(bytes));
        Assert.That(_gateway.Find("f"), Is.EqualTo(file));
        Assert.That(_gateway.Files.GetStatus().QueueLength, Is.Zero, "nothing to send");
    }

    [Test]
    [Covers("EC-123")]
    public async Task ShorterNewVersion_GrowsWithZeros()
    {
        var file = await _gateway.MakeStoredFileAsync("f", RandomBytes.Of(100_000, 1));
        await _gateway.ReadAllAsync(file);
        await PutElsewhereAsync("f", [1, 2, 3]);
        await PollAsync();

        await _gateway.ResizeAsync(file, 100_000);

        byte[] expected = [1, 2, 3, .. new byte[99_997]];
        Assert.That(await _gateway.ReadAllAsync(file), Is.EqualTo(expected));
        await _gateway.SyncAsync();
        Assert.That(await _gateway.StoredBytesAsync("f"), Is.EqualTo(expected));
    }

    [Test]
    [Covers("EC-28", "EC-121")]
    public async Task ReaderOfAnOldVersion_GetsTheNewOneWhole()
    {
        var file = await _gateway.MakeStoredFileAsync("f", RandomBytes.Of(100_000, 1));
        _gateway.Faults.Stall(StoreCalls.Read);
        var seen = _gateway.Faults.StallSeen;
        var reading = _gateway.ReadAsync(file, 0, 100_000);
        await seen;
        var bytes = RandomBytes.Of(100_000, 2);
        await PutElsewhereAsync("f", bytes);
        await PollAsync();
        _gateway.Faults.Heal();

        Assert.That(await reading, Is.EqualTo(bytes));
    }

    [Test]
    [Covers("EC-121")]
    public async Task OldVersionThatTheStoreHasNoMore_IsNoError_ButOneThatIsLostIs()
    {
        await _gateway.ReopenAsync(TestGateway.Quiet with { PollInterval = TimeSpan.FromHours(1) });
        var file = await _gateway.MakeStoredFileAsync("f", RandomBytes.Of(100_000, 1));
        var old = (await _gateway.StoredAsync("f"))!.Entry.Content;
        var bytes = RandomBytes.Of(50_000, 2);
        await PutElsewhereAsync("f", bytes);
        _gateway.Memory.Lose(old);

        Assert.That(await _gateway.ReadAsync(file, 0, 100_000), Is.EqualTo(bytes));

        await _gateway.EvictAsync();
        _gateway.Memory.Lose((await _gateway.StoredAsync("f"))!.Entry.Content);
        Assert.That((await _gateway.Files.ReadAsync(Caller.Root, file, 0, 10, default)).Error, Is.EqualTo(VfsError.Io));
    }

    [Test]
    public async Task ReplyThatWaits_IsOfOneVersion()
    {
        var old = RandomBytes.Of(100_000, 1);
        var file = await _gateway.MakeStoredFileAsync("f", old);
        await _gateway.ReadAllAsync(file);
        var read = await _gateway.Files.ReadAsync(Caller.Root, file, 0, old.Length, default);
        await PutElsewhereAsync("f", RandomBytes.Of(100_000, 2));
        await PollAsync();
        Assert.That(await _gateway.ReadAllAsync(file), Is.EqualTo(RandomBytes.Of(100_000, 2)));

        using (read.Data)
        {
            Assert.That(read.Data!.Memory[..read.Count].ToArray(), Is.EqualTo(old));
        }
    }

    [Test]
    public async Task KilledAfterANewVersion_ServesNoMixture()
    {
        var file = await _gateway.MakeStoredFileAsync("f", RandomBytes.Of(300_000, 1));
        await _gateway.ReadAllAsync(file);
        await _gateway.ReopenAsync();
        var bytes = RandomBytes.Of(300_000, 2);
        await PutElsewhereAsync("f", bytes);
        await PollAsync();
        await _gateway.ReadAsync(file, 0, 1000);

        _gateway = await _gateway.CrashAsync();

        Assert.That(await _gateway.ReadAllAsync(file), Is.EqualTo(bytes));
    }

    [Test]
    [Covers("EC-110", "EC-111", "EC-114", "EC-116", "EC-117")]
    public async Task DirtyFile_KeepsItsBase_UntilItIsSent()
    {
        await _gateway.ReopenAsync(TestGateway.Quiet with { HostName = "desk" });
        var file = await _gateway.MakeStoredFileAsync("f", RandomBytes.Of(100_000, 1));
        await _gateway.WriteAsync(file, 0, [1, 2, 3]);
        var before = _gateway.Attributes(file);
        await PutElsewhereAsync("f", [7]);
        await PollAsync();
        Assert.That(_gateway.Attributes(file), Is.EqualTo(before), "a change that is not taken has no effects");
        byte[] ours = [1, 2, 3, .. RandomBytes.Of(100_000, 1)[3..]];
        Assert.That(await _gateway.ReadAllAsync(file), Is.EqualTo(ours));

        await _gateway.SyncAsync();

        Assert.That(await _gateway.ReadAllAsync(_gateway.Find("f")), Is.EqualTo(new byte[] { 7 }));
        Assert.That(await _gateway.ReadAllAsync(file), Is.EqualTo(ours));
        Assert.That(await _gateway.StoredPathsAsync(), Has.Count.EqualTo(2));
    }

    [Test]
    [Covers("EC-117")]
    public async Task ChangeThatWasNotTaken_IsTakenLater()
    {
        var file = await _gateway.MakeStoredFileAsync("f", [1, 2]);
        await _gateway.Files.SetAttributesAsync(
            Caller.Root, file, new AttributeChanges { Mode = 0x180 }, null, default);
        await PutElsewhereAsync("g", [7]);
        await PutElsewhereAsync("f", [7, 8]);
        await PollAsync();
        Assert.That(await _gateway.ReadAllAsync(file), Is.EqualTo(new byte[] { 1, 2 }));
        await _gateway.ReopenAsync();

        await PollAsync();
        await _gateway.SyncAsync();
        await PollAsync();

        Assert.That(await _gateway.ReadAllAsync(file), Is.EqualTo(new byte[] { 7, 8 }));
        Assert.That(_gateway.Attributes(file).Mode, Is.EqualTo(0x180u));
        Assert.That((await _gateway.StoredAsync("f"))!.Entry.Mode, Is.EqualTo(0x180u));
    }

    [Test]
    [Covers("EC-126", "EC-127", "EC-132")]
    public async Task NewNames_AreThere_WithTheirDirectories()
    {
        await _gateway.MakeFileAsync("d2", [1], await _gateway.MakeDirectoryAsync("d"));
        await _gateway.SyncAsync();
        var directory = _gateway.Find("d");
        var before = _gateway.Attributes(directory);
        Assert.That(_gateway.Files.Lookup(Caller.Root, directory, FileName.From("f")).Error, Is.EqualTo(VfsError.NoEnt));

        await PutElsewhereAsync("d/f", [7]);
        await PutElsewhereAsync("x/y/z", [8]);
        await PollAsync();

        Assert.That(await _gateway.ReadAllAsync(_gateway.Find("d/f")), Is.EqualTo(new byte[] { 7 }));
        Assert.That(await _gateway.ReadAllAsync(_gateway.Find("d/d2")), Is.EqualTo(new byte[] { 1 }));
        Assert.That(await _gateway.ReadAllAsync(_gateway.Find("x/y/z")), Is.EqualTo(new byte[] { 8 }));
        var after = _gateway.Attributes(directory);
        Assert.That(after.Mtime, Is.GreaterThan(before.Mtime), "clients look at its names again");
        Assert.That(after.Ctime, Is.GreaterThan(before.Ctime));
        Assert.That(_gateway.Files.GetStatus().QueueLength, Is.Zero);
    }

    [Test]
    [Covers("EC-113")]
    public async Task RemovedElsewhere_NameAndTreeGo_AndAnotherFileIsAnother()
    {
        var directory = await _gateway.MakeDirectoryAsync("d", await _gateway.MakeDirectoryAsync("top"));
        var file = await _gateway.MakeStoredFileAsync("f", [1, 2], directory);
        var read = await _gateway.Files.ReadAsync(Caller.Root, file, 0, 2, default);
        await RemoveElsewhereAsync("top/d/f");
        await RemoveElsewhereAsync("top/d");
        await PollAsync();

        Assert.That(
            _gateway.Files.Lookup(Caller.Root, _gateway.Find("top"), FileName.From("d")).Error,
            Is.EqualTo(VfsError.NoEnt));
        Assert.That(_gateway.Files.GetAttributes(file).Error, Is.EqualTo(VfsError.Stale));
        Assert.That(_gateway.Attributes(_gateway.Find("top")).LinkCount, Is.EqualTo(2u));
        using (read.Data)
        {
            Assert.That(read.Data!.Memory[..2].ToArray(), Is.EqualTo(new byte[] { 1, 2 }), "who reads goes on");
        }

        await PutElsewhereAsync("top/d/f", [7]);
        await PollAsync();
        Assert.That(_gateway.Find("top/d/f"), Is.Not.EqualTo(file));
        await _gateway.SyncAsync();
        _gateway = await _gateway.CrashAsync();
        Assert.That(await _gateway.ReadAllAsync(_gateway.Find("top/d/f")), Is.EqualTo(new byte[] { 7 }));
    }

    [Test]
    public async Task DirectoryRemovedElsewhere_StaysForWhatIsNewInIt()
    {
        var directory = await _gateway.MakeDirectoryAsync("d");
        await _gateway.MakeStoredFileAsync("f", [1], directory);
        await _gateway.MakeFileAsync("new", [2], directory);
        await RemoveElsewhereAsync("d/f");
        await RemoveElsewhereAsync("d");
        await PollAsync();
        await _gateway.SyncAsync();

        Assert.That(await _gateway.StoredPathsAsync(), Is.EqualTo(new[] { "d", "d/new" }));
        Assert.That(
            _gateway.Files.Lookup(Caller.Root, directory, FileName.From("f")).Error, Is.EqualTo(VfsError.NoEnt));
    }

    [Test]
    [Covers("EC-136")]
    public async Task DirectoryBecameAFile_AndAFileADirectory()
    {
        var directory = await _gateway.MakeDirectoryAsync("d");
        await _gateway.MakeFileAsync("f", [1], directory);
        await _gateway.MakeFileAsync("g", [1]);
        await _gateway.SyncAsync();
        await RemoveElsewhereAsync("d/f");
        await ReplaceElsewhereAsync("d", await FileAsync([7]));
        await ReplaceElsewhereAsync("g", new TreeEntry { Kind = TreeEntryKind.Directory, Mode = 0x1ED });
        await PutElsewhereAsync("g/in", [8]);
        await PollAsync();

        Assert.That(await _gateway.ReadAllAsync(_gateway.Find("d")), Is.EqualTo(new byte[] { 7 }));
        Assert.That(await _gateway.ReadAllAsync(_gateway.Find("g/in")), Is.EqualTo(new byte[] { 8 }));
    }

    [Test]
    [Covers("EC-136")]
    public async Task DirectoryBecameAFile_ButSomethingIsNewInIt_BothStay()
    {
        var directory = await _gateway.MakeDirectoryAsync("d");
        await _gateway.MakeFileAsync("f", [1], directory);
        await _gateway.SyncAsync();
        await _gateway.MakeFileAsync("new", [2], directory);
        await RemoveElsewhereAsync("d/f");
        await ReplaceElsewhereAsync("d", await FileAsync([7]));
        await PollAsync();
        await _gateway.SyncAsync();
        await PollAsync();

        Assert.That(await _gateway.ReadAllAsync(_gateway.Find("d")), Is.EqualTo(new byte[] { 7 }));
        var paths = await _gateway.StoredPathsAsync();
        Assert.That(paths, Has.Count.EqualTo(3));
        Assert.That(paths[2], Does.Match(@"^d \(conflict .*\)/new$"));
        Assert.That(await _gateway.StoredBytesAsync(paths[2]), Is.EqualTo(new byte[] { 2 }));
    }

    [Test]
    [Covers("EC-119", "EC-129")]
    public async Task ListingOlderThanOurCommit_DoesNotUndoIt()
    {
        var file = await _gateway.MakeStoredFileAsync("f", [1]);
        await _gateway.MakeStoredFileAsync("gone", [1]);
        await PutElsewhereAsync("zzz", [5]);

        // The listing is made, and held back until everything that follows is in the store.
        _gateway.Faults.StallAfterEffect(StoreCalls.List);
        var seen = _gateway.Faults.StallSeen;
        var polling = _gateway.Files.PollAsync();
        await seen;
        await _gateway.WriteAsync(file, 0, [9]);
        await _gateway.MakeFileAsync("new", [8]);
        await _gateway.RemoveAsync("gone");
        await _gateway.SyncAsync();
        _gateway.Faults.Heal();

        Assert.That(await polling, Is.True);
        Assert.That(await _gateway.ReadAllAsync(file), Is.EqualTo(new byte[] { 9 }));
        Assert.That(await _gateway.ReadAllAsync(_gateway.Find("new")), Is.EqualTo(new byte[] { 8 }));
        Assert.That(
            _gateway.Files.Lookup(Caller.Root, InodeId.Root, FileName.From("gone")).Error, Is.EqualTo(VfsError.NoEnt));
        await PollAsync();
        Assert.That(await _gateway.StoredPathsAsync(), Is.EqualTo(new[] { "f", "new", "zzz" }));
        Assert.That(_gateway.Files.GetStatus().QueueLength, Is.Zero);
    }

    [Test]
    [Covers("EC-112", "EC-118", "EC-125")]
    public async Task ListingThatFails_ChangesNothing_AndIsMadeAgain()
    {
        await _gateway.MakeStoredFileAsync("f", [1]);
        await PutElsewhereAsync("g", [7]);
        _gateway.Faults.FailOnce(StoreCalls.List, CasError.Unreachable);
        Assert.That(await _gateway.Files.PollAsync(), Is.False);
        Assert.That(_gateway.Find("f"), Is.Not.EqualTo(default(InodeId)));

        await PollAsync();

        Assert.That(await _gateway.ReadAllAsync(_gateway.Find("g")), Is.EqualTo(new byte[] { 7 }));
    }

    [Test]
    [Covers("EC-112", "EC-133", "EC-135")]
    public async Task ShrinkingListing_RemovesOnlyWhatALookupConfirms()
    {
        for (var i = 0; i < 20; i++)
        {
            await _gateway.MakeFileAsync($"f{i:00}", [1]);
        }

        await _gateway.SyncAsync();
        await PutElsewhereAsync("zzz", [5]);
        await RemoveElsewhereAsync("f07");
        _gateway.Faults.ShortenListings(3);

        await PollAsync();

        Assert.That(TreeText.List(_gateway.Files, InodeId.Root), Has.Count.GreaterThanOrEqualTo(19));
        Assert.That(
            _gateway.Files.Lookup(Caller.Root, InodeId.Root, FileName.From("f07")).Error, Is.EqualTo(VfsError.NoEnt));
        Assert.That(_gateway.Find("f08"), Is.Not.EqualTo(default(InodeId)));

        // A look-up that fails says nothing.
        await RemoveElsewhereAsync("f08");
        _gateway.Faults.Fail(StoreCalls.Lookup, CasError.Unreachable);
        Assert.That(await _gateway.Files.PollAsync(), Is.False);
        Assert.That(_gateway.Find("f08"), Is.Not.EqualTo(default(InodeId)));
    }

    [Test]
    [Covers("EC-225")]
    public async Task StoreThatIsAway_LeavesWhatItListed_AlsoAfterARestart()
    {
        await _gateway.MakeStoredFileAsync("f", [1]);
        await PollAsync();
        _gateway.Faults.Fail(StoreCalls.All, CasError.Unreachable);
        Assert.That(await _gateway.Files.PollAsync(), Is.False);
        await _gateway.ReopenAsync();
        Assert.That(_gateway.Attributes(_gateway.Find("f")).Size, Is.EqualTo(1));
        Assert.That(_gateway.Files.Lookup(Caller.Root, InodeId.Root, FileName.From("g")).Error, Is.EqualTo(VfsError.NoEnt));

        await PutElsewhereAsync("g", [2]);
        _gateway.Faults.Heal();
        await PollAsync();

        Assert.That(await _gateway.ReadAllAsync(_gateway.Find("g")), Is.EqualTo(new byte[] { 2 }));
    }

    [Test]
    public async Task PassThatIsCutOff_IsEndedByTheNext([Values] bool isNew)
    {
        if (!isNew)
        {
            await _gateway.MakeDirectoryAsync("d");
        }

        await _gateway.MakeFileAsync("e", [1]);
        await _gateway.SyncAsync();
        await ReplaceElsewhereAsync("d", new TreeEntry { Kind = TreeEntryKind.Directory, Mode = 0x1ED, Mtime = 77 });
        await PutElsewhereAsync("d/f", [7]);
        await RemoveElsewhereAsync("e");
        _gateway.Faults.Stall(StoreCalls.List);
        var seen = _gateway.Faults.StallSeen;
        var cutOff = _gateway.Files.PollAsync();
        await seen;
        _gateway.Faults.Fail(StoreCalls.Lookup, CasError.Unreachable);
        _gateway.Faults.Resume();
        Assert.That(await cutOff, Is.False);
        Assert.That(await _gateway.ReadAllAsync(_gateway.Find("d/f")), Is.EqualTo(new byte[] { 7 }), "taken before");

        _gateway.Faults.Heal();
        await PollAsync();

        Assert.That(_gateway.Attributes(_gateway.Find("d")).Mtime.Nanoseconds, Is.EqualTo(77));
        Assert.That(_gateway.Files.GetStatus().QueueLength, Is.Zero);
    }

    [Test]
    [Covers("EC-130", "EC-131", "EC-141")]
    public async Task WhatWasDoneHere_AsksTheStoreNothing()
    {
        var file = await _gateway.MakeStoredFileAsync("f", [1]);
        await PollAsync();
        var calls = _gateway.Faults.Count(StoreCalls.All);

        await _gateway.RemoveAsync("f");
        Assert.That(
            _gateway.Files.Lookup(Caller.Root, InodeId.Root, FileName.From("f")).Error, Is.EqualTo(VfsError.NoEnt));
        for (var i = 0; i < 100; i++)
        {
            Assert.That(
                _gateway.Files.Lookup(Caller.Root, InodeId.Root, FileName.From($"n{i}")).Error,
                Is.EqualTo(VfsError.NoEnt));
            await _gateway.MakeFileAsync($"n{i}");
        }

        Assert.That(_gateway.Faults.Count(StoreCalls.All), Is.EqualTo(calls));
        Assert.That(_gateway.Files.GetAttributes(file).Error, Is.EqualTo(VfsError.Stale));
    }

    [Test]
    public async Task HardLinks_StayOneFile_AndComeAndGo()
    {
        await using var second = await TestGateway.StartAsync(_gateway.Memory, null);
        var file = await _gateway.MakeFileAsync("b", [1]);
        await LinkAsync(_gateway, file, "c");
        await _gateway.SyncAsync();
        Assert.That(await second.Files.PollAsync(), Is.True);
        var there = second.Find("b");
        Assert.That(second.Find("c"), Is.EqualTo(there));

        await LinkAsync(_gateway, file, "a");
        await _gateway.WriteAsync(file, 0, [7, 8]);
        await _gateway.SyncAsync();
        Assert.That(await second.Files.PollAsync(), Is.True);
        Assert.That(new[] { second.Find("a"), second.Find("b"), second.Find("c") }, Is.All.EqualTo(there));
        Assert.That(second.Attributes(there).LinkCount, Is.EqualTo(3u));
        Assert.That(await second.ReadAllAsync(there), Is.EqualTo(new byte[] { 7, 8 }));

        await _gateway.RemoveAsync("b");
        await _gateway.RemoveAsync("c");
        await _gateway.MakeFileAsync("c", [9]);
        await _gateway.SyncAsync();
        Assert.That(await second.Files.PollAsync(), Is.True);
        Assert.That(second.Attributes(second.Find("a")).LinkCount, Is.EqualTo(1u));
        Assert.That(await second.ReadAllAsync(second.Find("c")), Is.EqualTo(new byte[] { 9 }));
        Assert.That(await TreeText.OfAsync(second.Files), Is.EqualTo(await TreeText.OfAsync(_gateway.Files)));
    }

    [Test]
    public async Task HostileEntries_AreLeftOut()
    {
        await _gateway.MakeStoredFileAsync("f", [1]);
        await PutElsewhereAsync("f/below", [7]);
        await PutElsewhereAsync(new string('x', 256), [7]);
        await PutElsewhereAsync("good", [7]);

        await PollAsync();

        Assert.That(
            TreeText.List(_gateway.Files, InodeId.Root).Select(entry => Encoding.UTF8.GetString(entry.Name.Span)),
            Is.EqualTo(new[] { "f", "good" }));
        Assert.That(await _gateway.ReadAllAsync(_gateway.Find("f")), Is.EqualTo(new byte[] { 1 }));
    }

    [Test]
    [Covers("EC-145")]
    public async Task NothingChanged_IsOneSmallQuestion()
    {
        await _gateway.MakeStoredFileAsync("f", [1]);
        await PollAsync();
        await PollAsync();
        var calls = _gateway.Faults.Count(StoreCalls.All);

        await _gateway.ReopenAsync();
        var started = _gateway.Faults.Count(StoreCalls.All) - calls;
        await PollAsync();
        await PollAsync();

        Assert.That(_gateway.Faults.Count(StoreCalls.All) - calls - started, Is.EqualTo(2));
        Assert.That(_gateway.Faults.Count(StoreCalls.Revision), Is.GreaterThanOrEqualTo(4));
    }

    private static async Task LinkAsync(TestGateway gateway, InodeId file, string name)
    {
        var linked = await gateway.Files.LinkAsync(Caller.Root, file, InodeId.Root, FileName.From(name), default);
        Assert.That(linked.Error, Is.EqualTo(VfsError.None));
    }

    private async Task PollAsync() => Assert.That(await _gateway.Files.PollAsync(), Is.True);

    private async Task<TreeEntry> FileAsync(byte[] bytes) => new()
    {
        Kind = TreeEntryKind.File,
        Mode = 0x1A4,
        Content = (await _gateway.Memory.Content.PutAsync(new MemorySource(bytes), default)).Value,
    };

    private Task PutElsewhereAsync(string path, byte[] bytes) => _gateway.Memory.PutAsync(path, bytes);

    private Task ReplaceElsewhereAsync(string path, TreeEntry entry) => _gateway.Memory.ChangeAsync(path, _ => entry);

    private Task RemoveElsewhereAsync(string path) => _gateway.Memory.ChangeAsync(path, _ => null);
}
