using NUnit.Framework;
using Nfs.Tests.Fixtures;
using Vfs.Core;

namespace Nfs.Tests.Vfs.Operations;

// Creating files, directories, links and nodes: a wrong answer here makes editors overwrite each other or programs
// fail on files that exist.
[TestFixture]
internal sealed class CreateTests : OperationTests
{
    [Test]
    [Covers("EC-264")]
    public async Task Create_GivesOwnerModeAndTimes_AndMovesTheDirectory()
    {
        var before = Get(InodeId.Root);
        Clock.Advance(TimeSpan.FromSeconds(5));

        var made = await Files.CreateAsync(
            Alice, InodeId.Root, N("f"), CreateMode.Unchecked,
            new AttributeChanges { Mode = Octal("640"), Gid = 2000, Size = 100 }, 0, default);

        var file = made.Object!.Value;
        Assert.That((file.Type, file.Mode, file.Uid, file.Gid, file.Size, file.LinkCount),
            Is.EqualTo((InodeType.Regular, Octal("640"), 1000u, 2000u, 100UL, 1u)));
        Assert.That(file, Is.EqualTo(Get(file.Id)));
        AssertChanged(made.Directory, before);
        Assert.That(made.Directory.After!.Value.Mtime, Is.GreaterThan(before.Mtime), "N-84");
        Assert.That(await Gateway.ReadAllAsync(file.Id), Is.EqualTo(new byte[100]));
    }

    [Test]
    public async Task Create_Errors_ChangeNothing()
    {
        var file = await FileAsync("file", Alice, "600");
        var closed = await DirectoryAsync("closed", Bob, "755");
        var noSearch = await DirectoryAsync("nosearch", Bob, "766");
        foreach (var (directory, name, caller, expected) in new[]
        {
            (Gone, "x", Root, VfsError.Stale), (file, "x", Root, VfsError.NotDir),
            (InodeId.Root, "file", Root, VfsError.Exist), (InodeId.Root, ".", Root, VfsError.Exist),
            (InodeId.Root, "..", Root, VfsError.Exist), (closed, "x", Alice, VfsError.Access),
            (noSearch, "x", Alice, VfsError.Access),
        })
        {
            foreach (var made in new[]
            {
                await Files.CreateAsync(caller, directory, N(name), CreateMode.Guarded, default, 0, default),
                await Files.MakeDirectoryAsync(caller, directory, N(name), default, default),
                await Files.MakeSymlinkAsync(caller, directory, N(name), new byte[] { 65 }, default, default),
                await Files.MakeNodeAsync(caller, directory, N(name), InodeType.Fifo, 0, 0, default, default),
            })
            {
                Assert.That((made.Error, made.Object), Is.EqualTo((expected, (Attributes?)null)), name);
                if (expected is not VfsError.Stale)
                {
                    AssertUnchanged(made.Directory, directory);
                }
            }
        }
    }

    [Test]
    public async Task Create_Exist_ComesBeforeAccess()
    {
        var closed = await DirectoryAsync("closed", Bob, "755");
        await FileAsync("x", Bob, "600", closed);

        var made = await Files.MakeDirectoryAsync(Alice, closed, N("x"), default, default);

        Assert.That(made.Error, Is.EqualTo(VfsError.Exist));
    }

    [Test]
    [Covers("EC-253")]
    public async Task Unchecked_TakesAnExistingFile_AndEmptiesItOnlyIfAsked()
    {
        var file = await FileAsync("f", Alice, "644");
        await Gateway.WriteAsync(file, 0, [1, 2, 3]);

        var taken = await Files.CreateAsync(
            Bob, InodeId.Root, N("f"), CreateMode.Unchecked, new AttributeChanges { Mode = Octal("777") }, 0, default);
        Assert.That((taken.Error, taken.Object!.Value.Id, taken.Object.Value.Mode),
            Is.EqualTo((VfsError.None, file, Octal("644"))));
        AssertUnchanged(taken.Directory, InodeId.Root);

        var refused = await Files.CreateAsync(
            Bob, InodeId.Root, N("f"), CreateMode.Unchecked, new AttributeChanges { Size = 0 }, 0, default);
        Assert.That(refused.Error, Is.EqualTo(VfsError.Access), "emptying needs write permission");
        Assert.That(await Gateway.ReadAllAsync(file), Is.EqualTo(new byte[] { 1, 2, 3 }));

        var emptied = await Files.CreateAsync(
            Alice, InodeId.Root, N("f"), CreateMode.Unchecked, new AttributeChanges { Size = 0 }, 0, default);
        Assert.That((emptied.Error, emptied.Object!.Value.Size), Is.EqualTo((VfsError.None, 0UL)));
    }

    [Test]
    public async Task Unchecked_OverSomethingElse_IsExist()
    {
        await DirectoryAsync("d", Alice, "755");

        var made = await Files.CreateAsync(Root, InodeId.Root, N("d"), CreateMode.Unchecked, default, 0, default);

        Assert.That(made.Error, Is.EqualTo(VfsError.Exist));
    }

    [Test]
    [Covers("EC-254")]
    public async Task Exclusive_SameVerifierIsTaken_AnotherIsNot_AfterARestartToo([Values(0UL, 7UL,
        ulong.MaxValue)] ulong verifier)
    {
        var made = await Files.CreateAsync(Alice, InodeId.Root, N("f"), CreateMode.Exclusive, default, verifier,
            default);
        Assert.That(made.Object!.Value.Mode, Is.EqualTo(Octal("600")), "N-150");
        for (var round = 0; round < 2; round++)
        {
            var again = await Files.CreateAsync(
                Alice, InodeId.Root, N("f"), CreateMode.Exclusive, default, verifier, default);
            Assert.That((again.Error, again.Object?.Id), Is.EqualTo((VfsError.None, made.Object.Value.Id)));
            var other = await Files.CreateAsync(
                Alice, InodeId.Root, N("f"), CreateMode.Exclusive, default, verifier ^ 1, default);
            Assert.That(other.Error, Is.EqualTo(VfsError.Exist));
            await Gateway.ReopenAsync();
        }

        await Files.SetAttributesAsync(
            Alice, made.Object.Value.Id, new AttributeChanges { Mode = Octal("644") }, null, default);
        var late = await Files.CreateAsync(
            Alice, InodeId.Root, N("f"), CreateMode.Exclusive, default, verifier, default);
        Assert.That(late.Error, Is.EqualTo(VfsError.Exist), "the client has finished with that create");
    }

    [Test]
    public async Task InitialAttributes_ThatTheCallerMayNotGive_AreRefused()
    {
        foreach (var (changes, expected) in new[]
        {
            (new AttributeChanges { Uid = 1001 }, VfsError.Perm),
            (new AttributeChanges { Gid = 1001 }, VfsError.Perm),
            (new AttributeChanges { Uid = uint.MaxValue }, VfsError.Inval),
        })
        {
            var made = await Files.MakeDirectoryAsync(Alice, InodeId.Root, N("x"), changes, default);
            Assert.That(made.Error, Is.EqualTo(expected));
        }

        Assert.That(Files.Lookup(Root, InodeId.Root, N("x")).Error, Is.EqualTo(VfsError.NoEnt));
    }

    [Test]
    [Covers("EC-264")]
    public async Task SetgidDirectory_GivesItsGroup_AndDirectoriesTheBit()
    {
        var shared = await DirectoryAsync("shared", Root, "2777");
        await Files.SetAttributesAsync(Root, shared, new AttributeChanges { Gid = 500 }, null, default);
        await Files.SetAttributesAsync(Root, shared, new AttributeChanges { Mode = Octal("2777") }, null, default);

        var file = Get(await FileAsync("f", Alice, "644", shared));
        var directory = Get(await DirectoryAsync("d", Alice, "755", shared));

        Assert.That((file.Gid, file.Mode), Is.EqualTo((500u, Octal("644"))));
        Assert.That((directory.Gid, directory.Mode), Is.EqualTo((500u, Octal("2755"))));
        var privileged = Get(await FileAsync("s", Alice, "2755", shared));
        Assert.That(privileged.Mode, Is.EqualTo(Octal("755")), "not a member: no setgid file of that group");
    }

    [Test]
    [Covers("EC-213")]
    public async Task LinkCounts_OfDirectories()
    {
        Assert.That(Get(InodeId.Root).LinkCount, Is.EqualTo(2u));
        var directory = await DirectoryAsync("d", Alice, "755");
        await FileAsync("f", Alice, "644", directory);
        Assert.That((Get(InodeId.Root).LinkCount, Get(directory).LinkCount), Is.EqualTo((3u, 2u)));

        await DirectoryAsync("sub", Alice, "755", directory);
        Assert.That(Get(directory).LinkCount, Is.EqualTo(3u));
        await Gateway.RemoveDirectoryAsync("sub", directory);
        Assert.That(Get(directory).LinkCount, Is.EqualTo(2u));
    }

    [Test]
    public async Task Symlink_KeepsItsBytes_AndIsRefusedEmptyOrTooLong()
    {
        var target = Enumerable.Range(1, 255).Select(b => (byte)b).ToArray();
        var made = await Files.MakeSymlinkAsync(Alice, InodeId.Root, N("l"), target, default, default);
        Assert.That((made.Object!.Value.Mode, made.Object.Value.Size), Is.EqualTo((Octal("777"), 255UL)));
        await Gateway.ReopenAsync();

        var read = Files.ReadLink(made.Object.Value.Id);
        Assert.That(read.Target.ToArray(), Is.EqualTo(target));
        Assert.That(read.Object, Is.EqualTo(Get(made.Object.Value.Id)));

        foreach (var (length, expected) in new[]
        {
            (0, VfsError.Inval), (VfsLimits.SymlinkBytesMax, VfsError.None),
            (VfsLimits.SymlinkBytesMax + 1, VfsError.NameTooLong),
        })
        {
            var other = await Files.MakeSymlinkAsync(
                Alice, InodeId.Root, N($"l{length}"), Enumerable.Repeat((byte)65, length).ToArray(), default, default);
            Assert.That(other.Error, Is.EqualTo(expected));
        }

        Assert.That(Files.ReadLink(InodeId.Root).Error, Is.EqualTo(VfsError.Inval));
        Assert.That(Files.ReadLink(Gone).Error, Is.EqualTo(VfsError.Stale));
    }

    [Test]
    public async Task SpecialFiles_KeepTypeAndNumbers_AndDevicesAreRoots()
    {
        foreach (var type in new[] { InodeType.Fifo, InodeType.Socket, InodeType.BlockDevice,
            InodeType.CharacterDevice })
        {
            var isDevice = type is InodeType.BlockDevice or InodeType.CharacterDevice;
            var refused = await Files.MakeNodeAsync(Alice, InodeId.Root, N($"a{type}"), type, 1, 2, default, default);
            Assert.That(refused.Error, Is.EqualTo(isDevice ? VfsError.Perm : VfsError.None));
            var made = await Files.MakeNodeAsync(Root, InodeId.Root, N($"r{type}"), type, 4095, 1 << 19, default,
                default);
            await Gateway.ReopenAsync();
            var found = Get(made.Object!.Value.Id);
            Assert.That((found.Type, found.DeviceMajor, found.DeviceMinor, found.Size),
                Is.EqualTo((type, 4095u, 1u << 19, 0UL)));
            var read = await Files.ReadAsync(Root, found.Id, 0, 1, default);
            var write = await Files.WriteAsync(Root, found.Id, 0, new byte[1], Stability.Unstable, default);
            Assert.That((read.Error, write.Error), Is.EqualTo((VfsError.Inval, VfsError.Inval)));
        }

        foreach (var type in new[] { InodeType.Regular, InodeType.Directory, InodeType.SymbolicLink })
        {
            var made = await Files.MakeNodeAsync(Root, InodeId.Root, N("x"), type, 0, 0, default, default);
            Assert.That(made.Error, Is.EqualTo(VfsError.BadType));
        }
    }

    [Test]
    [Covers("EC-191")]
    public async Task ConcurrentCreates_OneWins()
    {
        for (var round = 0; round < 20; round++)
        {
            var name = N($"n{round}");
            var results = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(async () => i % 2 == 0
                ? await Files.CreateAsync(Root, InodeId.Root, name, CreateMode.Guarded, default, 0, default)
                : await Files.MakeDirectoryAsync(Root, InodeId.Root, name, default, default))));

            Assert.That(results.Count(r => r.Error == VfsError.None), Is.EqualTo(1));
            Assert.That(results.Count(r => r.Error == VfsError.Exist), Is.EqualTo(7));
        }
    }

    [Test]
    [Covers("EC-261")]
    public async Task IdsAreNeverReused_AfterARestartEither()
    {
        var seen = new HashSet<InodeId>();
        for (var round = 0; round < 3; round++)
        {
            for (var i = 0; i < 20; i++)
            {
                Assert.That(seen.Add(await FileAsync("f", Alice, "644")), Is.True);
                await Gateway.RemoveAsync("f");
            }

            await Gateway.ReopenAsync();
            Assert.That(seen.Select(id => Files.GetAttributes(id).Error), Is.All.EqualTo(VfsError.Stale), "R-4");
        }
    }
}
