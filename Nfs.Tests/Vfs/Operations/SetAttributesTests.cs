using NUnit.Framework;
using Cas.Client.Sqlite;
using Nfs.Tests.Fixtures;
using Vfs.Core;

namespace Nfs.Tests.Vfs.Operations;

// chmod, chown, touch and truncate: all of a call or nothing, and nobody may do them to a file that is not theirs.
[TestFixture]
internal sealed class SetAttributesTests : OperationTests
{
    [Test]
    [Covers("EC-204", "N-89", "N-98")]
    public async Task Everything_AtOnce_IsKeptOverARestart()
    {
        var file = await FileAsync("f", Alice, "644");
        var before = Get(file);
        Clock.Advance(TimeSpan.FromSeconds(3));

        var set = await Files.SetAttributesAsync(
            Root, file,
            new AttributeChanges
            {
                Mode = Octal("4755"),
                Uid = 7,
                Gid = 8,
                Size = 10,
                Atime = new TimeChange(TimeChangeKind.SetToClientTime, new Timestamp(-5)),
                Mtime = new TimeChange(TimeChangeKind.SetToClientTime, Timestamp.From(uint.MaxValue, 123_456_789)),
            },
            before.Ctime, default);

        Assert.That(set.Error, Is.EqualTo(VfsError.None));
        AssertChanged(set.Wcc, before);
        for (var round = 0; round < 2; round++)
        {
            var now = Get(file);
            Assert.That((now.Mode, now.Uid, now.Gid, now.Size), Is.EqualTo((Octal("4755"), 7u, 8u, 10UL)));
            Assert.That(now.Atime, Is.EqualTo(new Timestamp(-5)));
            Assert.That((now.Mtime.Seconds, now.Mtime.SubSecond), Is.EqualTo((uint.MaxValue, 123_456_789u)), "N-89");
            await Gateway.ReopenAsync();
        }
    }

    [Test]
    [Covers("N-96")]
    public async Task Guard_ThatIsNotTheCtime_ChangesNothing([Values] bool withSize)
    {
        var file = await FileAsync("f", Alice, "644");
        var before = Get(file);
        var changes = new AttributeChanges { Mode = 0, Size = withSize ? 5 : null };

        var set = await Files.SetAttributesAsync(Alice, file, changes, new Timestamp(before.Ctime.Nanoseconds - 1),
            default);

        Assert.That(set.Error, Is.EqualTo(VfsError.NotSync));
        AssertUnchanged(set.Wcc, file);
        Assert.That(Get(file), Is.EqualTo(before));
        set = await Files.SetAttributesAsync(Alice, file, changes, before.Ctime, default);
        Assert.That(set.Error, Is.EqualTo(VfsError.None));
    }

    [Test]
    [Covers("EC-47", "N-97", "N-86", "N-98", "N-99", "N-100", "N-101", "N-102")]
    public async Task Errors_ChangeNothing()
    {
        var file = await FileAsync("f", Alice, "644");
        var open = await FileAsync("open", Alice, "666");
        var directory = await DirectoryAsync("d", Alice, "777");
        var client = new TimeChange(TimeChangeKind.SetToClientTime, new Timestamp(1));
        var server = new TimeChange(TimeChangeKind.SetToServerTime, default);
        foreach (var (id, caller, changes, expected) in new[]
        {
            (Gone, Root, new AttributeChanges(), VfsError.Stale),
            (Gone, Root, new AttributeChanges { Size = 1 }, VfsError.Stale),
            (directory, Alice, new AttributeChanges { Size = 1, Mode = 0 }, VfsError.Inval),
            (file, Root, new AttributeChanges { Uid = uint.MaxValue, Mode = 0 }, VfsError.Inval),
            (file, Root, new AttributeChanges { Size = VfsLimits.FileBytesMax + 1 }, VfsError.FBig),
            (file, Root, new AttributeChanges { Size = ulong.MaxValue }, VfsError.FBig),
            (file, Bob, new AttributeChanges { Size = 1 }, VfsError.Access),
            (file, Bob, new AttributeChanges { Mode = 0 }, VfsError.Perm),
            (open, Bob, new AttributeChanges { Size = 1, Mode = 0 }, VfsError.Perm),
            (file, Alice, new AttributeChanges { Uid = 1001 }, VfsError.Perm),
            (file, Alice, new AttributeChanges { Gid = 3000 }, VfsError.Perm),
            (open, Bob, new AttributeChanges { Mtime = client }, VfsError.Perm),
            (file, Bob, new AttributeChanges { Mtime = server }, VfsError.Access),
        })
        {
            var before = id == Gone ? default : Get(id);
            var set = await Files.SetAttributesAsync(caller, id, changes, null, default);
            Assert.That(set.Error, Is.EqualTo(expected), changes.ToString());
            if (id != Gone)
            {
                Assert.That(Get(id), Is.EqualTo(before), changes.ToString());
                AssertUnchanged(set.Wcc, id);
            }
        }
    }

    [Test]
    [Covers("N-98", "N-99", "N-101", "N-104")]
    public async Task WhatOwnersAndWritersMayDo()
    {
        var file = await FileAsync("f", Alice, "666");
        foreach (var (caller, changes) in new[]
        {
            (Alice, new AttributeChanges { Gid = 2000 }), (Alice, new AttributeChanges { Uid = 1000 }),
            (Bob, new AttributeChanges { Mtime = new TimeChange(TimeChangeKind.SetToServerTime, default) }),
            (Bob, new AttributeChanges { Size = 5 }), (Alice, new AttributeChanges { Mode = 0 }),
            (Alice, new AttributeChanges { Size = 6 }), (Bob, new AttributeChanges()),
        })
        {
            var set = await Files.SetAttributesAsync(caller, file, changes, null, default);
            Assert.That(set.Error, Is.EqualTo(VfsError.None), changes.ToString());
        }
    }

    [Test]
    [Covers("N-101", "N-102", "N-143")]
    public async Task PrivilegeBits_GoWithOwnerSizeAndData()
    {
        var file = await FileAsync("f", Alice, "6755");
        await Files.SetAttributesAsync(Alice, file, new AttributeChanges { Gid = 2000 }, null, default);
        Assert.That(Get(file).Mode, Is.EqualTo(Octal("755")));

        await Files.SetAttributesAsync(Alice, file, new AttributeChanges { Mode = Octal("6777") }, null, default);
        await Files.WriteAsync(Bob, file, 0, new byte[1], Stability.FileSync, default);
        Assert.That(Get(file).Mode, Is.EqualTo(Octal("777")));

        await Files.SetAttributesAsync(Alice, file, new AttributeChanges { Mode = Octal("6777") }, null, default);
        await Files.SetAttributesAsync(Bob, file, new AttributeChanges { Size = 9 }, null, default);
        Assert.That(Get(file).Mode, Is.EqualTo(Octal("777")));

        var foreign = await FileAsync("g", Root, "644");
        await Files.SetAttributesAsync(Root, foreign, new AttributeChanges { Uid = 1000, Gid = 900 }, null, default);
        await Files.SetAttributesAsync(Alice, foreign, new AttributeChanges { Mode = Octal("2755") }, null, default);
        Assert.That(Get(foreign).Mode, Is.EqualTo(Octal("755")), "not a member of the file's group");
        await Files.SetAttributesAsync(Alice, foreign, new AttributeChanges { Mode = Octal("1644") }, null, default);
        Assert.That(Get(foreign).Mode, Is.EqualTo(Octal("1644")), "the sticky bit is no privilege");
    }

    [Test]
    [Covers("EC-50", "N-99")]
    public async Task SameSize_MovesMtime_AndSendsNothing()
    {
        var file = await FileAsync("f", Alice, "644");
        await Gateway.WriteAsync(file, 0, new byte[10]);
        await Gateway.SyncAsync();
        var before = Get(file);
        Clock.Advance(TimeSpan.FromSeconds(1));

        var set = await Files.SetAttributesAsync(Alice, file, new AttributeChanges { Size = 10 }, null, default);

        AssertChanged(set.Wcc, before);
        Assert.That(Get(file).Mtime, Is.GreaterThan(before.Mtime));
        Assert.That(Files.GetStatus().DirtyBytes, Is.Zero);
    }

    [Test]
    [Covers("N-83")]
    public async Task Ctime_Rises_WithAClockThatStandsStillOrGoesBack()
    {
        var file = await FileAsync("f", Alice, "644");
        var last = Get(file).Ctime;
        var directory = Get(InodeId.Root).Ctime;
        for (var i = 0; i < 50; i++)
        {
            if (i % 10 == 0)
            {
                Clock.SetBack(TimeSpan.FromHours(1));
                await Gateway.ReopenAsync();
            }

            var before = Get(file).Wcc;
            var wcc = (i % 3) switch
            {
                0 => (await Gateway.WriteAsync(file, (ulong)i, [1], Stability.FileSync)).Wcc,
                1 => (await Files.SetAttributesAsync(Alice, file, new AttributeChanges { Mode = Octal("600") }, null,
                    default)).Wcc,
                _ => (await Files.SetAttributesAsync(Alice, file, new AttributeChanges { Size = (ulong)i }, null,
                    default)).Wcc,
            };
            Assert.That(wcc.Before, Is.EqualTo(before));
            Assert.That(wcc.After!.Value.Ctime, Is.GreaterThan(last));
            last = wcc.After.Value.Ctime;
            await FileAsync($"n{i}", Alice, "644");
            Assert.That(Get(InodeId.Root).Ctime, Is.GreaterThan(directory));
            directory = Get(InodeId.Root).Ctime;
        }
    }

    // A kill between the two halves of a resize: the client sends it again, and must not be told "done" for nothing.
    [Test]
    [Covers("R-1", "R-6")]
    public async Task RetransmissionAfterAKill_OfAResizeThatIsNotDurable_IsDone([Values] bool isGuarded)
    {
        var file = await FileAsync("f", Alice, "644");
        await Gateway.WriteAsync(file, 0, new byte[100], Stability.FileSync);
        var caller = Alice with { Request = new RequestKey(8, 9) };
        Timestamp? guard = isGuarded ? Get(file).Ctime : null;
        var changes = new AttributeChanges { Mode = Octal("400"), Size = 7 };
        await ChangeDatabaseAsync(
            "CREATE TRIGGER t BEFORE INSERT ON content BEGIN SELECT RAISE(ABORT, 'made up by the test'); END");
        var first = Files.SetAttributesAsync(caller, file, changes, guard, default).AsTask();
        using (var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60)))
        {
            while (!first.IsCompleted)
            {
                Clock.Advance(TimeSpan.FromMinutes(1));
                await Task.Delay(20, limit.Token);
            }
        }

        var copy = Gateway.CopyState();
        await ChangeDatabaseAsync("DROP TRIGGER t");
        await ChangeDatabaseAsync("DROP TRIGGER t", copy["state"]);
        await using var killed = await Gateway.GoOnInAsync(copy);

        var again = await killed.Files.SetAttributesAsync(caller, file, changes, guard, default);

        Assert.That(((await first).Error, again.Error), Is.EqualTo((VfsError.Io, VfsError.None)));
        Assert.That((killed.Attributes(file).Size, killed.Attributes(file).Mode), Is.EqualTo((7UL, Octal("400"))));
    }

    [Test]
    [Covers("N-86", "N-138", "N-196")]
    public async Task Write_Errors_AndLimits()
    {
        var file = await FileAsync("f", Alice, "644");
        var directory = await DirectoryAsync("d", Alice, "755");
        foreach (var (id, caller, offset, expected) in new[]
        {
            (Gone, Root, 0UL, VfsError.Stale), (directory, Alice, 0UL, VfsError.Inval), (file, Bob, 0UL,
                VfsError.Access),
            (file, Alice, VfsLimits.FileBytesMax, VfsError.FBig), (file, Alice, ulong.MaxValue, VfsError.FBig),
            (file, Alice, VfsLimits.FileBytesMax - 1, VfsError.FBig),
        })
        {
            var written = await Files.WriteAsync(caller, id, offset, new byte[10], Stability.FileSync, default);
            Assert.That((written.Error, written.Count), Is.EqualTo((expected, 0)), $"{offset}");
            if (id != Gone)
            {
                AssertUnchanged(written.Wcc, id);
            }
        }

        Assert.That(Get(file).Size, Is.Zero);
        var read = await Files.ReadAsync(Bob with { Uid = 5 }, await FileAsync("p", Alice, "600"), 0, 1, default);
        Assert.That(read.Error, Is.EqualTo(VfsError.Access));
    }

    [Test]
    [Covers("EC-48")]
    public async Task FarWrite_ThatTheDiskRefuses_LeavesTheFileAsItWas()
    {
        // ext4 ends at 16 TiB and writes the bytes before that: they must not show when the file grows.
        const ulong end = 1UL << 44;
        var file = await FileAsync("f", Alice, "644");
        await Gateway.WriteAsync(file, 0, [1, 2, 3]);
        var before = Get(file);
        var bytes = Enumerable.Repeat((byte)0xEE, 100_000).ToArray();
        var far = await Files.WriteAsync(Alice, file, end - 50_000, bytes, Stability.FileSync, default);
        if (far.Error == VfsError.None)
        {
            Assert.Ignore("this disk has files larger than 16 TiB");
        }

        Assert.That(far.Error, Is.EqualTo(VfsError.FBig));
        AssertUnchanged(far.Wcc, file);
        Assert.That(Get(file), Is.EqualTo(before));
        var grown = await Files.SetAttributesAsync(
            Alice, file, new AttributeChanges { Size = 2 * end, Mode = 0 }, null, default);
        Assert.That(grown.Error, Is.EqualTo(VfsError.FBig));
        Assert.That((Get(file), Files.GetStatus().CacheBytes), Is.EqualTo((before, 3UL)));
        await Gateway.ResizeAsync(file, end - 8192);
        Assert.That(await Gateway.ReadAsync(file, end - 60_000, 50_000), Is.All.Zero, "R-3");
    }

    [Test]
    [Covers("N-144", "EC-259", "N-127", "N-128", "N-129", "N-130", "N-134")]
    public async Task WriteReplies_SayTheTruth()
    {
        var file = await FileAsync("f", Alice, "644");
        foreach (var stability in Enum.GetValues<Stability>())
        {
            var before = Get(file);
            var written = await Gateway.WriteAsync(file, 0, [1], stability);
            Assert.That(written.Wcc.Before, Is.EqualTo(before.Wcc));
            Assert.That(written.Wcc.After, Is.EqualTo(Get(file)));
            Assert.That(written.Wcc.After!.Value.Mtime, Is.GreaterThan(before.Mtime));
            Assert.That(written.Committed,
                Is.EqualTo(stability == Stability.Unstable ? Stability.Unstable : Stability.FileSync));
        }

        var verifier = (await Files.CommitAsync(file, 0, 0, default)).Verifier;
        Assert.That((await Gateway.WriteAsync(file, 0, [1])).Verifier, Is.EqualTo(verifier));
        await Gateway.ReopenAsync();
        Assert.That((await Files.CommitAsync(file, 0, 0, default)).Verifier, Is.Not.EqualTo(verifier));
        Assert.That((await Files.CommitAsync(InodeId.Root, 0, 0, default)).Error, Is.EqualTo(VfsError.Inval));
    }

    private async Task ChangeDatabaseAsync(string sql, string? state = null)
    {
        await using var connection = SystemSqlite.Open(Path.Combine(state ?? Gateway.StatePath, "state.db"));
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync();
    }
}
