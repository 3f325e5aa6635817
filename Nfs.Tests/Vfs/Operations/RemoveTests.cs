using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Vfs.Core;

namespace Nfs.Tests.Vfs.Operations;

// What is removed is gone and nothing else is; a wrong permission deletes other people's files.
[TestFixture]
internal sealed class RemoveTests : OperationTests
{
    [Test]
    [Covers("EC-109", "EC-156", "N-166")]
    public async Task Remove_TakesTheNameAndTheObject()
    {
        var file = await FileAsync("f", Alice, "644");
        await Gateway.WriteAsync(file, 0, new byte[100]);
        var before = Get(InodeId.Root);
        Clock.Advance(TimeSpan.FromSeconds(1));

        var removed = await Files.RemoveAsync(Alice, InodeId.Root, N("f"), default);

        AssertChanged(removed.Wcc, before);
        Assert.That(Files.Lookup(Root, InodeId.Root, N("f")).Error, Is.EqualTo(VfsError.NoEnt));
        Assert.That(Files.GetAttributes(file).Error, Is.EqualTo(VfsError.Stale));
        Assert.That((await Files.ReadAsync(Root, file, 0, 10, default)).Error, Is.EqualTo(VfsError.Stale));
        Assert.That((await Files.WriteAsync(Root, file, 0, new byte[1], default, default)).Error,
            Is.EqualTo(VfsError.Stale));
        Assert.That((await Files.CommitAsync(file, 0, 0, default)).Error, Is.EqualTo(VfsError.Stale));
        Assert.That(
            (await Files.SetAttributesAsync(Root, file, new AttributeChanges { Size = 1 }, null, default)).Error,
            Is.EqualTo(VfsError.Stale));
        Assert.That(Files.GetStatus().DirtyBytes, Is.Zero);
        Assert.That(
            Directory.EnumerateFiles(Path.Combine(Gateway.StatePath, "staging"), "*", SearchOption.AllDirectories),
            Is.Empty, "its staging file is gone");
    }

    [Test]
    [Covers("N-86", "N-163", "N-164", "N-165")]
    public async Task Errors_ChangeNothing()
    {
        var file = await FileAsync("file", Alice, "600");
        var full = await DirectoryAsync("full", Alice, "777");
        await FileAsync("x", Alice, "666", full);
        var closed = await DirectoryAsync("closed", Bob, "755");
        await FileAsync("x", Bob, "666", closed);
        var sticky = await DirectoryAsync("sticky", Bob, "1777");
        await FileAsync("x", Bob, "666", sticky);
        foreach (var (directory, name, forFile, forDirectory) in new[]
        {
            (Gone, "x", VfsError.Stale, VfsError.Stale),
            (file, "x", VfsError.NotDir, VfsError.NotDir),
            (InodeId.Root, "none", VfsError.NoEnt, VfsError.NoEnt),
            (InodeId.Root, "full", VfsError.IsDir, VfsError.NotEmpty),
            (InodeId.Root, "file", VfsError.None, VfsError.NotDir),
            (closed, "x", VfsError.Access, VfsError.Access),
            (sticky, "x", VfsError.Perm, VfsError.Perm),
            (InodeId.Root, ".", VfsError.IsDir, VfsError.Inval),
            (InodeId.Root, "..", VfsError.IsDir, VfsError.Inval),
        })
        {
            var rmdir = await Files.RemoveDirectoryAsync(Alice, directory, N(name), default);
            Assert.That(rmdir.Error, Is.EqualTo(forDirectory), $"RMDIR {name}");
            if (forDirectory != VfsError.Stale)
            {
                AssertUnchanged(rmdir.Wcc, directory);
            }

            if (forFile != VfsError.None)
            {
                var remove = await Files.RemoveAsync(Alice, directory, N(name), default);
                Assert.That(remove.Error, Is.EqualTo(forFile), $"REMOVE {name}");
            }
        }
    }

    [Test]
    public async Task Rmdir_TakesAnEmptyDirectory_AndItsHandleIsStale()
    {
        var directory = await DirectoryAsync("d", Alice, "755");
        await FileAsync("x", Alice, "644", directory);
        await Gateway.RemoveAsync("x", directory);

        await Gateway.RemoveDirectoryAsync("d");

        Assert.That(Files.GetAttributes(directory).Error, Is.EqualTo(VfsError.Stale));
        var made = await Files.CreateAsync(Root, directory, N("y"), CreateMode.Guarded, default, 0, default);
        Assert.That(made.Error, Is.EqualTo(VfsError.Stale));
        Assert.That(Files.ReadDirectory(Root, directory, 0, 10, false, []).Error, Is.EqualTo(VfsError.Stale));
    }

    [Test]
    [Covers("EC-203", "EC-211", "N-158", "N-160")]
    public async Task HardLinks_KeepTheFile_UntilTheLastName()
    {
        var file = await FileAsync("a", Alice, "644");
        await Gateway.WriteAsync(file, 0, [1, 2, 3]);
        var before = Get(file);
        var directoryBefore = Get(InodeId.Root);

        var linked = await Files.LinkAsync(Alice, file, InodeId.Root, N("b"), default);

        AssertChanged(linked.Directory, directoryBefore);
        Assert.That(linked.Object, Is.EqualTo(Get(file)));
        Assert.That(linked.Object!.Value.LinkCount, Is.EqualTo(2u));
        Assert.That((linked.Object.Value.Ctime.CompareTo(before.Ctime) > 0, linked.Object.Value.Mtime),
            Is.EqualTo((true, before.Mtime)), "mtime is the bytes' own");

        await Gateway.RemoveAsync("a");
        await Gateway.ReopenAsync();
        Assert.That(Get(file).LinkCount, Is.EqualTo(1u));
        Assert.That(await Gateway.ReadAllAsync(Gateway.Find("b")), Is.EqualTo(new byte[] { 1, 2, 3 }));
        await Gateway.RemoveAsync("b");
        Assert.That(Files.GetAttributes(file).Error, Is.EqualTo(VfsError.Stale));
    }

    [Test]
    [Covers("EC-211", "N-159")]
    public async Task Link_Errors()
    {
        var file = await FileAsync("f", Alice, "644");
        var closed = await DirectoryAsync("closed", Bob, "755");
        foreach (var (source, directory, name, expected) in new[]
        {
            (Gone, InodeId.Root, "x", VfsError.Stale), (file, Gone, "x", VfsError.Stale),
            (file, file, "x", VfsError.NotDir), (closed, InodeId.Root, "x", VfsError.IsDir),
            (file, InodeId.Root, "f", VfsError.Exist), (file, InodeId.Root, ".", VfsError.Exist),
            (file, closed, "x", VfsError.Access),
        })
        {
            var linked = await Files.LinkAsync(Alice, source, directory, N(name), default);
            Assert.That(linked.Error, Is.EqualTo(expected), name);
            Assert.That(linked.Object?.LinkCount, Is.EqualTo(source == Gone ? null : source == file ? 1u : 2u));
        }
    }

    [Test]
    [Covers("N-164")]
    public async Task Rmdir_WhileOthersCreateInIt_LosesNoFile()
    {
        var removed = 0;
        for (var round = 0; round < 40; round++)
        {
            var directory = await DirectoryAsync($"d{round}", Alice, "755");
            var creates = Enumerable.Range(0, 3).Select(i => Task.Run(async () =>
                await Files.CreateAsync(Alice, directory, N($"f{i}"), CreateMode.Guarded, default, 0, default)));
            var rmdir = Task.Run(async () =>
                await Files.RemoveDirectoryAsync(Alice, InodeId.Root, N($"d{round}"), default));

            var made = (await Task.WhenAll(creates)).Select(result => result.Error).ToList();
            var error = (await rmdir).Error;

            if (error == VfsError.None)
            {
                Assert.That(made, Is.All.EqualTo(VfsError.Stale), "a file in a directory that is gone");
                removed++;
            }
            else
            {
                Assert.That(error, Is.EqualTo(VfsError.NotEmpty));
                Assert.That(made, Is.All.EqualTo(VfsError.None));
            }
        }

        TestContext.Out.WriteLine($"{removed} of 40 were removed");
    }
}
