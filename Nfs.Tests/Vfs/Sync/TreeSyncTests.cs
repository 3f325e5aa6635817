using Cas.Client;
using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Vfs.Core;

namespace Nfs.Tests.Vfs.Sync;

// The store's tree is what is left if this machine burns: what was renamed, removed and made again in any order must
// be there as it is here, and nothing else.
[TestFixture]
internal sealed class TreeSyncTests
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
    public async Task RemovedAndMadeAgain_DirectoryHasNothingOfTheOld()
    {
        await MakeTreeAsync("build", "a", "b");
        await _gateway.SyncAsync();

        var old = _gateway.Find("build");
        await _gateway.RemoveAsync("a", old);
        await _gateway.RemoveAsync("b", old);
        await _gateway.RemoveDirectoryAsync("build");
        await MakeTreeAsync("build", "b", "c");

        await AssertTreeAsync("build", "build/b", "build/c");
    }

    [Test]
    public async Task RenamedAway_AndMadeAgain_DirectoryHasNothingOfTheOld()
    {
        await MakeTreeAsync("build", "a", "b");
        await _gateway.MakeDirectoryAsync("deep", _gateway.Find("build"));
        await _gateway.MakeFileAsync("x", [1], _gateway.Find("build/deep"));
        await _gateway.SyncAsync();

        await _gateway.RenameAsync("build", "build.old");
        await MakeTreeAsync("build", "c");

        await AssertTreeAsync(
            "build", "build.old", "build.old/a", "build.old/b", "build.old/deep", "build.old/deep/x", "build/c");
    }

    [Test]
    public async Task RenamedOver_AnEmptiedDirectory_HasNothingOfTheOld()
    {
        await MakeTreeAsync("a", "x");
        await MakeTreeAsync("b", "y");
        await _gateway.SyncAsync();

        await _gateway.RemoveAsync("x", _gateway.Find("a"));
        await _gateway.RenameAsync("b", "a");

        await AssertTreeAsync("a", "a/y");
    }

    [Test]
    [Covers("EC-196")]
    public async Task SwappedDirectories_ArriveSwapped()
    {
        await MakeTreeAsync("a", "1", "2");
        await MakeTreeAsync("b", "3");
        await _gateway.SyncAsync();

        await _gateway.RenameAsync("a", "t");
        await _gateway.RenameAsync("b", "a");
        await _gateway.RenameAsync("t", "b");

        await AssertTreeAsync("a", "a/3", "b", "b/1", "b/2");
    }

    [Test]
    public async Task DirectoryBecomesAFile_AndBack()
    {
        await MakeTreeAsync("a", "1", "2");
        await _gateway.SyncAsync();
        await _gateway.RenameAsync("a", "b");
        await _gateway.MakeFileAsync("a", [1, 2, 3]);
        await AssertTreeAsync("a", "b", "b/1", "b/2");

        await _gateway.RemoveAsync("a");
        await MakeTreeAsync("a", "1");
        await AssertTreeAsync("a", "a/1", "b", "b/1", "b/2");
    }

    [Test]
    [Covers("EC-198", "EC-200", "EC-201")]
    public async Task NothingComesBack()
    {
        var truncated = await _gateway.MakeFileAsync("truncated", [1, 2, 3]);
        await _gateway.MakeFileAsync("twice", [1]);
        await _gateway.MakeFileAsync("renamed", [1]);
        await _gateway.SyncAsync();

        await _gateway.ResizeAsync(truncated, 0);
        await _gateway.RemoveAsync("truncated");
        await _gateway.RemoveAsync("twice");
        await _gateway.MakeFileAsync("twice", [2]);
        await _gateway.RemoveAsync("twice");
        await _gateway.WriteAsync(_gateway.Find("renamed"), 0, [9]);
        await _gateway.RenameAsync("renamed", "other");
        await _gateway.RemoveAsync("other");

        await AssertTreeAsync();
    }

    [Test]
    [Covers("EC-207", "N-156", "N-157", "N-160")]
    public async Task EmptyDirectories_SpecialFiles_AndLinks_AreKept()
    {
        var root = InodeId.Root;
        await _gateway.MakeDirectoryAsync("empty");
        var file = await _gateway.MakeFileAsync("file", [1]);
        await _gateway.Files.LinkAsync(Caller.Root, file, root, FileName.From("link"), default);
        await _gateway.Files.MakeSymlinkAsync(
            Caller.Root, root, FileName.From("symlink"), "to/nowhere"u8.ToArray(), default, default);
        await _gateway.Files.MakeNodeAsync(
            Caller.Root, root, FileName.From("fifo"), InodeType.Fifo, 0, 0, default, default);
        await _gateway.Files.MakeNodeAsync(
            Caller.Root, root, FileName.From("device"), InodeType.CharacterDevice, 4, 64, default, default);

        await AssertTreeAsync("device", "empty", "fifo", "file", "link", "symlink");
        await _gateway.RemoveAsync("link");
        await AssertTreeAsync("device", "empty", "fifo", "file", "symlink");
    }

    [Test]
    [Covers("EC-215")]
    public async Task PathThatTheStoreRefuses_DoesNotHoldUpOthers()
    {
        // Names may be as deep as clients like; a store's paths have an end.
        var at = InodeId.Root;
        var name = new string('d', FileName.BytesMax);
        for (var depth = 0; depth < 258; depth++)
        {
            at = await _gateway.MakeDirectoryAsync(name, at);
        }

        await _gateway.MakeFileAsync("good", [1, 2, 3]);
        await _gateway.TrySyncAsync();

        Assert.That(await _gateway.StoredBytesAsync("good"), Is.EqualTo(new byte[] { 1, 2, 3 }));
        var left = _gateway.Files.GetStatus().QueueLength;
        Assert.That(left, Is.InRange(1, 10), "only what cannot be stored is left");
    }

    [Test]
    [Covers("EC-240")]
    public async Task CommitOfUnknownOutcome_ThenRemoval_LeavesNothing([Values] bool crashes, [Values] bool renames)
    {
        await _gateway.MakeFileAsync("f", [1]);
        await MakeTreeAsync("d", "x", "y");
        _gateway.Faults.FailAfterEffect(StoreCalls.Commit, CasError.Unreachable);
        Assert.That(await _gateway.TrySyncAsync(), Is.Not.Empty);
        Assert.That(await _gateway.StoredPathsAsync(), Has.Count.EqualTo(4));
        _gateway.Faults.Heal();
        if (crashes)
        {
            _gateway = await _gateway.CrashAsync();
        }

        await _gateway.RemoveAsync("f");
        if (renames)
        {
            await _gateway.RenameAsync("d", "e");
            await AssertTreeAsync("e", "e/x", "e/y");
            return;
        }

        await _gateway.RemoveAsync("x", _gateway.Find("d"));
        await _gateway.RemoveAsync("y", _gateway.Find("d"));
        await _gateway.RemoveDirectoryAsync("d");
        await AssertTreeAsync();
    }

    [Test]
    [Covers("EC-240")]
    public async Task CrashBetweenCommitAndItsRecord_ThenAnotherChange_StillArrives()
    {
        var file = await _gateway.MakeFileAsync("f", [1, 2, 3]);
        await _gateway.MakeFileAsync("gone", [1]);
        await _gateway.SyncAsync();
        await _gateway.WriteAsync(file, 0, [9], Stability.FileSync);
        await _gateway.RemoveAsync("gone");
        await _gateway.MakeFileAsync("new", [7]);
        await _gateway.CommitAsync(_gateway.Find("new"));
        _gateway.Faults.FailOnceAfterEffect(StoreCalls.Commit, CasError.Unreachable);
        await _gateway.TrySyncAsync();
        _gateway = await _gateway.CrashAsync();

        await _gateway.WriteAsync(file, 1, [8]);
        await _gateway.WriteAsync(_gateway.Find("new"), 0, [6]);
        await _gateway.MakeFileAsync("gone", [2]);

        await AssertTreeAsync("f", "gone", "new");
    }

    [Test]
    public async Task DamagedRow_HoldsUpItsFileAlone()
    {
        var damaged = await _gateway.MakeFileAsync("damaged", [1, 2, 3]);
        var other = await _gateway.MakeFileAsync("other", [4]);
        await _gateway.CommitAsync(damaged);
        await _gateway.CommitAsync(other);
        await _gateway.CloseAsync();
        Execute($"UPDATE content SET dirty=x'0500' WHERE inode={damaged}");
        await _gateway.StartAgainAsync();

        var rows = await _gateway.Files.SyncAsync("other"u8.ToArray(), default).WaitAsync(TimeSpan.FromSeconds(30));

        Assert.That(rows.Value.Single().Failure, Is.Null);
        Assert.That(await _gateway.StoredBytesAsync("other"), Is.EqualTo(new byte[] { 4 }));
        Assert.That(await _gateway.ReadAllAsync(other), Is.EqualTo(new byte[] { 4 }));
    }

    private void Execute(string sql)
    {
        using var connection = global::Cas.Client.Sqlite.SystemSqlite.Open(Path.Combine(_gateway.StatePath,
            "state.db"));
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        Assert.That(command.ExecuteNonQuery(), Is.EqualTo(1));
    }

    private async Task MakeTreeAsync(string directory, params string[] files)
    {
        var id = await _gateway.MakeDirectoryAsync(directory);
        foreach (var file in files)
        {
            await _gateway.MakeFileAsync(file, System.Text.Encoding.UTF8.GetBytes(file), id);
        }
    }

    /// <summary>The store has these paths, and a gateway that starts from it has the tree of this one.</summary>
    private async Task AssertTreeAsync(params string[] paths)
    {
        await _gateway.SyncAsync();
        Assert.That(await _gateway.StoredPathsAsync(), Is.EqualTo(paths));
        await using var second = await TestGateway.StartAsync(_gateway.Memory, null);
        Assert.That(await TreeText.OfAsync(second.Files), Is.EqualTo(await TreeText.OfAsync(_gateway.Files)));
    }
}
