using Cas.Client.Sqlite;
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
    [Covers("EC-264", "N-151")]
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
    [Covers("N-86", "N-148", "N-154")]
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
    [Covers("EC-253", "N-147")]
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
    [Covers("N-147")]
    public async Task Unchecked_OverSomethingElse_IsExist()
    {
        await DirectoryAsync("d", Alice, "755");

        var made = await Files.CreateAsync(Root, InodeId.Root, N("d"), CreateMode.Unchecked, default, 0, default);

        Assert.That(made.Error, Is.EqualTo(VfsError.Exist));
    }

    [Test]
    [Covers("EC-254", "N-149", "N-150")]
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
    [Covers("EC-264", "N-151")]
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
    [Covers("EC-213", "N-162")]
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
    [Covers("N-116", "N-155")]
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
    [Covers("N-121", "N-156")]
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
    [Covers("EC-191", "N-148")]
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
    [Covers("EC-261", "N-75", "N-78")]
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

    [Test]
    [Covers("N-151", "N-152")]
    public async Task InitialAttributes_AreGiven_AsTheyAreAsked([Values(CreateMode.Unchecked, CreateMode.Guarded)]
        CreateMode how, [Values(null, 0, 5000)] int? size)
    {
        var time = new Timestamp(1_234_567_890_123_456_789);
        var initial = new AttributeChanges
        {
            Mode = Octal("6777"),
            Uid = 7,
            Gid = 8,
            Size = (ulong?)size,
            Atime = new TimeChange(TimeChangeKind.SetToClientTime, new Timestamp(5)),
            Mtime = new TimeChange(TimeChangeKind.SetToClientTime, time),
        };

        var made = await Files.CreateAsync(Root, InodeId.Root, N("f"), how, initial, 0, default);

        Assert.That(made.Error, Is.EqualTo(VfsError.None));
        for (var round = 0; round < 2; round++)
        {
            var now = Get(made.Object!.Value.Id);
            Assert.That(now, Is.EqualTo(made.Object.Value));
            Assert.That((now.Mode, now.Uid, now.Gid), Is.EqualTo((Octal("6777"), 7u, 8u)), "no umask here");
            Assert.That((now.Size, now.Atime, now.Mtime), Is.EqualTo(((ulong)(size ?? 0), new Timestamp(5), time)));
            await Gateway.ReopenAsync();
        }

        var own = Get(await FileAsync("own", Alice, "666"));
        Assert.That((own.Uid, own.Gid, own.Mode), Is.EqualTo((1000u, 1000u, Octal("666"))));
    }

    [Test]
    [Covers("N-127", "N-149", "N-153")]
    public async Task WhatWasAcknowledged_IsThere_AfterAKill()
    {
        var directory = await DirectoryAsync("d", Alice, "755");
        var exclusive = await Files.CreateAsync(
            Alice, InodeId.Root, N("x"), CreateMode.Exclusive, default, 77, default);
        var file = await FileAsync("f", Alice, "640", directory);
        await Gateway.WriteAsync(file, 3, [1, 2, 3], Stability.FileSync);
        await Files.MakeSymlinkAsync(Alice, directory, N("l"), new byte[] { 65 }, default, default);
        await Files.MakeNodeAsync(Root, directory, N("n"), InodeType.BlockDevice, 8, 1, default, default);
        await Files.LinkAsync(Alice, file, InodeId.Root, N("g"), default);
        await FileAsync("moved", Alice, "600");
        await Gateway.RenameAsync("moved", "to", InodeId.Root, directory);
        await FileAsync("gone", Alice, "600");
        await Gateway.RemoveAsync("gone");
        await DirectoryAsync("gone", Alice, "700");
        await Gateway.RemoveDirectoryAsync("gone");
        await Files.SetAttributesAsync(Root, file, new AttributeChanges { Uid = 5, Size = 5 }, null, default);
        var expected = await TreeText.OfAsync(Files);

        await using var killed = await Gateway.CrashAsync();

        Assert.That(await TreeText.OfAsync(killed.Files), Is.EqualTo(expected));
        var again = await killed.Files.CreateAsync(
            Alice, InodeId.Root, N("x"), CreateMode.Exclusive, default, 77, default);
        Assert.That((again.Error, again.Object?.Id), Is.EqualTo((VfsError.None, exclusive.Object?.Id)));
    }

    [Test]
    [Covers("N-159", "N-161")]
    public async Task MoreLinksThanPathconfTells_AreRefused()
    {
        var file = await FileAsync("f", Alice, "644");
        var directory = await DirectoryAsync("d", Alice, "755");
        await DirectoryAsync("other", Alice, "755");
        await Gateway.CloseAsync();
        await using (var connection = SystemSqlite.Open(Path.Combine(Gateway.StatePath, "state.db")))
        {
            await using var command = connection.CreateCommand();
            command.CommandText = $"UPDATE inode SET nlink={VfsLimits.LinkCountMax} WHERE id IN ({file},{directory})";
            Assert.That(await command.ExecuteNonQueryAsync(), Is.EqualTo(2));
        }

        await Gateway.StartAgainAsync();

        var link = await Files.LinkAsync(Alice, file, InodeId.Root, N("g"), default);
        var made = await Files.MakeDirectoryAsync(Alice, directory, N("sub"), default, default);
        var moved = await Files.RenameAsync(Alice, InodeId.Root, N("other"), directory, N("other"), default);

        Assert.That(
            (link.Error, made.Error, moved.Error), Is.EqualTo((VfsError.MLink, VfsError.MLink, VfsError.MLink)));
        Assert.That(Get(file).LinkCount, Is.EqualTo(65_000));
        await Gateway.RemoveAsync("f");
    }
}
