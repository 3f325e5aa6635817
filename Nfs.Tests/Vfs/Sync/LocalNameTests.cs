using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Vfs.Core;

namespace Nfs.Tests.Vfs.Sync;

// The store is shared: what a client litters its directories with stays here, and nothing else does.
[TestFixture]
internal sealed class LocalNameTests
{
    private static readonly GatewayOptions s_options =
        TestGateway.Quiet with { LocalNames = LocalNames.Of([".DS_Store", "._*"])! };

    private TestGateway _gateway = null!;

    [SetUp]
    public async Task SetUp() => _gateway = await TestGateway.StartAsync(s_options);

    [TearDown]
    public async Task TearDown() => await _gateway.DisposeAsync();

    [Test]
    [Covers("N-167")]
    public async Task LocalFiles_StayHere_AndNothingWaitsForThem()
    {
        var directory = await _gateway.MakeDirectoryAsync("d");
        await _gateway.MakeFileAsync("f", [1], directory);
        await _gateway.MakeFileAsync("._f", [2, 2], directory);
        await _gateway.MakeFileAsync(".DS_Store", [3, 3, 3], directory);
        var status = _gateway.Files.GetStatus();
        Assert.That((status.DirtyBytes, status.DirtyFiles), Is.EqualTo((1UL, 1)), "before anybody looked at it");

        await _gateway.SyncAsync();

        await AssertStoredAsync("d", "d/f");
        status = _gateway.Files.GetStatus();
        Assert.That((status.LocalBytes, status.LocalFiles, status.LocalChanges), Is.EqualTo((5UL, 2, 4)));
        Assert.That(status.OldestDirtyAge, Is.Null);
        await _gateway.ReopenAsync();
        await _gateway.SyncAsync();
        await AssertStoredAsync("d", "d/f");
        Assert.That(await _gateway.ReadAllAsync(_gateway.Find("d/._f")), Is.EqualTo(new byte[] { 2, 2 }));
        Assert.That(await _gateway.ReadAllAsync(_gateway.Find("d/.DS_Store")), Is.EqualTo(new byte[] { 3, 3, 3 }));
        Assert.That(_gateway.Faults.Count(StoreCalls.Put), Is.EqualTo(1), "of f alone");
    }

    [Test]
    public async Task Sync_ListsWhatIsInTheStoreAlone()
    {
        await _gateway.MakeFileAsync("f", [1]);
        await _gateway.MakeFileAsync("._f", [2]);

        var rows = await _gateway.Files.SyncAsync(default, default);

        Assert.That(rows.Value.Select(row => row.Path), Is.EqualTo(new[] { "f" }));
    }

    [Test]
    public async Task ARename_MakesItAFileLikeOthers([Values] bool isSyncedBefore)
    {
        await _gateway.MakeFileAsync("._f", [1, 2]);
        if (isSyncedBefore)
        {
            await _gateway.SyncAsync();
        }

        await _gateway.RenameAsync("._f", "f");
        await _gateway.SyncAsync();

        await AssertStoredAsync("f");
        Assert.That(await _gateway.StoredBytesAsync("f"), Is.EqualTo(new byte[] { 1, 2 }));
        Assert.That(_gateway.Files.GetStatus().LocalFiles, Is.Zero);
    }

    [Test]
    public async Task ARename_TakesItOutOfTheStore([Values] bool isWrittenAfter)
    {
        var file = await _gateway.MakeStoredFileAsync("f", [1, 2]);
        await _gateway.RenameAsync("f", "._f");
        if (isWrittenAfter)
        {
            await _gateway.WriteAsync(file, 2, [3]);
        }

        await _gateway.SyncAsync();

        await AssertStoredAsync();
        byte[] expected = isWrittenAfter ? [1, 2, 3] : [1, 2];
        Assert.That(await _gateway.ReadAllAsync(_gateway.Find("._f")), Is.EqualTo(expected));
        await _gateway.ReopenAsync();
        await _gateway.SyncAsync();
        await AssertStoredAsync();
        Assert.That(await _gateway.ReadAllAsync(_gateway.Find("._f")), Is.EqualTo(expected));
    }

    [Test]
    public async Task OfTwoNames_TheOneThatIsSent_HasTheFileSent()
    {
        var file = await _gateway.MakeFileAsync("._f", [1]);
        await _gateway.Files.LinkAsync(Caller.Root, file, InodeId.Root, FileName.From("f"), default);
        await _gateway.SyncAsync();
        await AssertStoredAsync("f");

        await _gateway.WriteAsync(file, 1, [2]);
        await _gateway.SyncAsync();
        Assert.That(await _gateway.StoredBytesAsync("f"), Is.EqualTo(new byte[] { 1, 2 }));

        await _gateway.RemoveAsync("f");
        await _gateway.WriteAsync(file, 2, [3]);
        await _gateway.SyncAsync();
        await AssertStoredAsync();
        Assert.That(await _gateway.ReadAllAsync(_gateway.Find("._f")), Is.EqualTo(new byte[] { 1, 2, 3 }));
        Assert.That(_gateway.Files.GetStatus().LocalFiles, Is.EqualTo(1));
    }

    [Test]
    public async Task ADirectory_GoesFromTheStore_AndMovesThere_WhateverLocalFilesItHas()
    {
        var directory = await _gateway.MakeDirectoryAsync("d");
        await _gateway.MakeFileAsync(".DS_Store", [1], directory);
        await _gateway.MakeFileAsync("f", [2], directory);
        await _gateway.SyncAsync();

        await _gateway.RenameAsync("d", "e");
        await _gateway.SyncAsync();
        await AssertStoredAsync("e", "e/f");

        await _gateway.RemoveAsync("f", directory);
        await _gateway.RemoveAsync(".DS_Store", directory);
        await _gateway.RemoveDirectoryAsync("e");
        await _gateway.SyncAsync();
        await AssertStoredAsync();
        Assert.That(_gateway.Files.GetStatus().LocalChanges, Is.Zero);
    }

    [Test]
    public async Task ADirectoryWithSuchAName_IsSent_AndItsSuccessorStaysHere()
    {
        var directory = await _gateway.MakeDirectoryAsync("._d");
        await _gateway.MakeFileAsync("f", [1], directory);
        await _gateway.SyncAsync();
        await AssertStoredAsync("._d", "._d/f");

        await _gateway.RenameAsync("._d", "d");
        await _gateway.MakeFileAsync("._d", [2]);
        await _gateway.SyncAsync();
        await AssertStoredAsync("d", "d/f");
    }

    [Test]
    public async Task WhatTheStoreHasUnderSuchAName_IsLeftAlone()
    {
        await using var plain = await TestGateway.StartAsync();
        await plain.MakeFileAsync("._a", [1]);
        await plain.MakeFileAsync("._b", [2]);
        await plain.SyncAsync();
        await using var gateway = await TestGateway.StartAsync(plain.Memory, s_options);

        await gateway.RemoveAsync("._a");
        await gateway.WriteAsync(gateway.Find("._b"), 0, [3]);
        await gateway.SyncAsync();

        Assert.That(await gateway.StoredBytesAsync("._a"), Is.EqualTo(new byte[] { 1 }));
        Assert.That(await gateway.StoredBytesAsync("._b"), Is.EqualTo(new byte[] { 2 }));
        await gateway.ReopenAsync();
        Assert.That(await gateway.ReadAllAsync(gateway.Find("._b")), Is.EqualTo(new byte[] { 3 }));
        var found = gateway.Files.Lookup(Caller.Root, InodeId.Root, FileName.From("._a"));
        Assert.That(found.Error, Is.EqualTo(VfsError.NoEnt));
    }

    [Test]
    public async Task WithoutTheFlag_AllIsSent()
    {
        await _gateway.MakeFileAsync("._f", [1]);
        await _gateway.MakeFileAsync(".DS_Store");
        await _gateway.SyncAsync();
        await AssertStoredAsync();

        await _gateway.ReopenAsync(TestGateway.Quiet);
        Assert.That(_gateway.Files.GetStatus().DirtyBytes, Is.EqualTo(1UL));
        await _gateway.SyncAsync();
        await AssertStoredAsync("._f", ".DS_Store");
    }

    [Test]
    public async Task WithTheFlag_WhatWaited_StaysHere()
    {
        await _gateway.ReopenAsync(TestGateway.Quiet);
        await _gateway.CommitAsync(await _gateway.MakeFileAsync("._f", [1]));

        await _gateway.ReopenAsync(s_options);
        Assert.That(_gateway.Files.GetStatus().DirtyBytes, Is.Zero);
        await _gateway.SyncAsync();
        await AssertStoredAsync();
    }

    [Test]
    public async Task AsManyAsYouLike_MadeAndRemoved_LeaveNothingBehind()
    {
        for (var i = 0; i < 20; i++)
        {
            await _gateway.MakeFileAsync($"._{i}", [1]);
            await _gateway.SyncAsync();
            await _gateway.RemoveAsync($"._{i}");
            await _gateway.SyncAsync();
        }

        var status = _gateway.Files.GetStatus();
        Assert.That((status.LocalChanges, status.LocalFiles, status.CacheBytes), Is.EqualTo((0, 0, 0UL)));
    }

    private async Task AssertStoredAsync(params string[] paths) =>
        Assert.That(
            (await _gateway.StoredPathsAsync()).Where(path => path.Length > 0), Is.EquivalentTo(paths));
}
