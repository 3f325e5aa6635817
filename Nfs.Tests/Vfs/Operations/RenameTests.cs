using System.Collections.Concurrent;
using NUnit.Framework;
using Nfs.Tests.Fixtures;
using Vfs.Core;

namespace Nfs.Tests.Vfs.Operations;

// Every editor saves by renaming over the old file: a wrong rename loses the old file, the new one, or both.
[TestFixture]
internal sealed class RenameTests : OperationTests
{
    [Test]
    [Covers("EC-203", "N-172", "N-175")]
    public async Task Rename_ReplacesTheTarget_AndKeepsTheObject()
    {
        var source = await FileAsync("new", Alice, "644");
        await Gateway.WriteAsync(source, 0, [1, 2, 3]);
        var target = await FileAsync("old", Alice, "600");
        await Gateway.WriteAsync(target, 0, [9]);
        var (before, fileBefore) = (Get(InodeId.Root), Get(source));
        Clock.Advance(TimeSpan.FromSeconds(1));

        var renamed = await Files.RenameAsync(Alice, InodeId.Root, N("new"), InodeId.Root, N("old"), default);

        Assert.That(renamed.Error, Is.EqualTo(VfsError.None));
        AssertChanged(renamed.From, before);
        AssertChanged(renamed.To, before);
        Assert.That(Gateway.Find("old"), Is.EqualTo(source));
        Assert.That(Files.GetAttributes(target).Error, Is.EqualTo(VfsError.Stale));
        Assert.That(Files.Lookup(Root, InodeId.Root, N("new")).Error, Is.EqualTo(VfsError.NoEnt));
        Assert.That((Get(source).Mtime, Get(source).Ctime.CompareTo(fileBefore.Ctime) > 0),
            Is.EqualTo((fileBefore.Mtime, true)), "mtime is the bytes' own");
    }

    [Test]
    [Covers("EC-192", "N-169", "N-170", "N-171")]
    public async Task Rules()
    {
        await FileAsync("file", Alice, "644");
        await DirectoryAsync("empty", Alice, "755");
        var full = await DirectoryAsync("full", Alice, "755");
        var deep = await DirectoryAsync("deep", Alice, "755", full);
        foreach (var (from, fromName, to, toName, expected) in new[]
        {
            (InodeId.Root, "file", InodeId.Root, "file", VfsError.None),
            (InodeId.Root, "none", InodeId.Root, "x", VfsError.NoEnt),
            (InodeId.Root, "file", InodeId.Root, "empty", VfsError.IsDir),
            (InodeId.Root, "empty", InodeId.Root, "file", VfsError.NotDir),
            (InodeId.Root, "empty", InodeId.Root, "full", VfsError.NotEmpty),
            (InodeId.Root, "full", full, "x", VfsError.Inval),
            (InodeId.Root, "full", deep, "x", VfsError.Inval),
            (full, "deep", InodeId.Root, "full", VfsError.NotEmpty),
            (InodeId.Root, ".", InodeId.Root, "x", VfsError.Inval),
            (InodeId.Root, "file", InodeId.Root, "..", VfsError.Inval),
            (Gone, "file", InodeId.Root, "x", VfsError.Stale),
            (InodeId.Root, "file", Gone, "x", VfsError.Stale),
        })
        {
            var root = Get(InodeId.Root);
            var renamed = await Files.RenameAsync(Alice, from, N(fromName), to, N(toName), default);
            Assert.That(renamed.Error, Is.EqualTo(expected), $"{fromName} to {toName}");
            Assert.That(Get(InodeId.Root), Is.EqualTo(root), $"{fromName} to {toName} changes nothing");
        }
    }

    [Test]
    public async Task NonDirectoryAsDirectory_IsNotDir()
    {
        var file = await FileAsync("file", Alice, "644");

        Assert.That(
            (await Files.RenameAsync(Alice, file, N("x"), InodeId.Root, N("y"), default)).Error,
            Is.EqualTo(VfsError.NotDir));
    }

    [Test]
    [Covers("N-169")]
    public async Task TwoNamesOfOneFile_BothStay()
    {
        var file = await FileAsync("a", Alice, "644");
        await Files.LinkAsync(Alice, file, InodeId.Root, N("b"), default);

        await Gateway.RenameAsync("a", "b");

        Assert.That((Gateway.Find("a"), Gateway.Find("b")), Is.EqualTo((file, file)));
        Assert.That(Get(file).LinkCount, Is.EqualTo(2u));
    }

    [Test]
    [Covers("N-162", "N-170", "N-172")]
    public async Task MovedDirectory_ChangesParentsAndLinkCounts()
    {
        var from = await DirectoryAsync("from", Alice, "755");
        var to = await DirectoryAsync("to", Alice, "755");
        var moved = await DirectoryAsync("moved", Alice, "755", from);
        await FileAsync("inside", Alice, "644", moved);

        await Gateway.RenameAsync("moved", "here", from, to);

        Assert.That((Get(from).LinkCount, Get(to).LinkCount), Is.EqualTo((2u, 3u)));
        Assert.That(Files.Lookup(Alice, moved, N("..")).Object!.Value.Id, Is.EqualTo(to));
        await Gateway.ReopenAsync();
        Assert.That(Files.Lookup(Alice, moved, N("..")).Object!.Value.Id, Is.EqualTo(to));
        Gateway.Find("to/here/inside");

        // Over an empty directory: one goes, one comes.
        var empty = await DirectoryAsync("empty", Alice, "755", from);
        await Gateway.RenameAsync("here", "empty", to, from);
        Assert.That((Get(from).LinkCount, Get(to).LinkCount), Is.EqualTo((3u, 2u)));
        Assert.That(Files.GetAttributes(empty).Error, Is.EqualTo(VfsError.Stale));
    }

    [Test]
    [Covers("N-165")]
    public async Task Permissions_OfBothDirectories_AndStickyBits()
    {
        var open = await DirectoryAsync("open", Bob, "777");
        var closed = await DirectoryAsync("closed", Bob, "755");
        var sticky = await DirectoryAsync("sticky", Bob, "1777");
        await FileAsync("bobs", Bob, "644", open);
        await FileAsync("bobs", Bob, "644", closed);
        await FileAsync("bobs", Bob, "644", sticky);
        await DirectoryAsync("dir", Bob, "755", open);
        await FileAsync("mine", Alice, "644");
        foreach (var (from, name, to, toName, expected) in new[]
        {
            (closed, "bobs", open, "x", VfsError.Access), (open, "bobs", closed, "x", VfsError.Access),
            (sticky, "bobs", open, "x", VfsError.Perm), (InodeId.Root, "mine", sticky, "bobs", VfsError.Perm),
            (open, "dir", InodeId.Root, "x", VfsError.Access), (open, "dir", open, "y", VfsError.None),
            (InodeId.Root, "mine", sticky, "x", VfsError.None), (open, "bobs", InodeId.Root, "x", VfsError.None),
        })
        {
            var renamed = await Files.RenameAsync(Alice, from, N(name), to, N(toName), default);
            Assert.That(renamed.Error, Is.EqualTo(expected), $"{name} to {toName}");
        }
    }

    [Test]
    public async Task ConcurrentRenames_LoseNoFile()
    {
        var directories = new List<InodeId>();
        for (var i = 0; i < 3; i++)
        {
            directories.Add(await DirectoryAsync($"d{i}", Alice, "755"));
        }

        for (var i = 0; i < 8; i++)
        {
            await FileAsync($"f{i}", Alice, "644", directories[0]);
        }

        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(async () =>
        {
            var at = 0;
            for (var round = 0; round < 30; round++)
            {
                var to = (at + 1 + (round % 2)) % 3;
                await Gateway.RenameAsync($"f{i}", $"f{i}", directories[at], directories[to]);
                at = to;
            }
        })));

        var names = directories.SelectMany(d => Nfs.Tests.Fixtures.TreeText.List(Files, d)).Select(e => e.Id).ToList();
        Assert.That(names, Has.Count.EqualTo(8).And.Unique);
    }

    [Test]
    [Covers("N-168")]
    public async Task ATargetThatIsReplaced_IsThereAtEachMoment()
    {
        var known = new ConcurrentDictionary<InodeId, bool>();
        known[await FileAsync("target", Alice, "644")] = true;
        using var stop = new CancellationTokenSource();
        var observers = Enumerable.Range(0, 3).Select(_ => Task.Run(() =>
        {
            do
            {
                var found = Files.Lookup(Bob, InodeId.Root, N("target"));
                Assert.That(found.Error, Is.EqualTo(VfsError.None));
                Assert.That(known.ContainsKey(found.Object!.Value.Id), Is.True);
            }
            while (!stop.IsCancellationRequested);
        })).ToList();

        for (var i = 0; i < 100; i++)
        {
            known[await FileAsync("new", Alice, "644")] = true;
            await Gateway.RenameAsync("new", "target");
        }

        await stop.CancelAsync();
        await Task.WhenAll(observers);
    }

    [Test]
    [Covers("N-173")]
    public async Task ADirectory_IsMoved_WithoutTouchingWhatIsBelow()
    {
        var costs = new List<long>();
        foreach (var count in new[] { 10, 1000 })
        {
            var moved = await DirectoryAsync($"d{count}", Alice, "755");
            await Task.WhenAll(Enumerable.Range(0, count).Select(i => FileAsync($"f{i}", Alice, "644", moved)));
            var elsewhere = await DirectoryAsync($"to{count}", Alice, "755");
            await Gateway.SyncAsync();
            await Gateway.ReopenAsync();
            Files.Lookup(Root, InodeId.Root, N($"to{count}"));
            Files.ReadDirectory(Root, elsewhere, 0, 10, true, []);

            var before = GC.GetAllocatedBytesForCurrentThread();
            var renaming = Files.RenameAsync(Alice, InodeId.Root, N($"d{count}"), elsewhere, N("here"), default);
            costs.Add(GC.GetAllocatedBytesForCurrentThread() - before);

            Assert.That((await renaming).Error, Is.EqualTo(VfsError.None));
            Assert.That(Files.GetStatus().QueueLength, Is.LessThan(10), "marks for the store");
            Assert.That(Gateway.Find($"to{count}/here/f{count - 1}"), Is.Not.EqualTo(moved));
            await Gateway.SyncAsync();
            var stored = await Gateway.StoredPathsAsync();
            Assert.That(stored.Count(path => path.StartsWith($"to{count}/here/", StringComparison.Ordinal)),
                Is.EqualTo(count));
        }

        Assert.That(costs[1], Is.LessThan(costs[0] + 10_000), "bytes of memory that the call took");
    }
}
