using Cas.Client.Sqlite;
using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Vfs.Core;
using Vfs.Core.Metadata;
using Vfs.Core.Namespace;

namespace Nfs.Tests.Vfs.Metadata;

// A reply before its batch is on disk is a promise that a crash breaks; a batch lost is a file lost.
[TestFixture]
internal sealed class GroupCommitTests
{
    private StateDatabase _database = null!;

    [SetUp]
    public void SetUp() => _database = new StateDatabase(TimeProvider.System);

    [TearDown]
    public void TearDown() => _database.Dispose();

    [Test]
    public async Task WhenDurable_TheRowIsThere()
    {
        for (var i = 1UL; i <= 50; i++)
        {
            Task<VfsError>? done;
            lock (_database.Commit.Gate)
            {
                _database.Commit.ChangeLocked(Make(i));
                done = _database.Commit.PendingLocked();
            }

            Assert.That(await done!, Is.EqualTo(VfsError.None));
            Assert.That(_database.Query($"SELECT count(*) FROM inode WHERE id={i}"), Is.EqualTo(new[] { "1" }));
            Assert.That(_database.Reader.LoadInode(new InodeId(i))!.Mtime, Is.EqualTo(new Timestamp((long)i)));
        }
    }

    [Test]
    public async Task ManyThreads_AllAreWritten()
    {
        var tasks = Enumerable.Range(0, 8).Select(t => Task.Run(async () =>
        {
            for (var i = 0; i < 200; i++)
            {
                Task<VfsError>? done;
                lock (_database.Commit.Gate)
                {
                    _database.Commit.ChangeLocked(Make((ulong)((t * 1000) + i + 1)));
                    done = _database.Commit.PendingLocked();
                }

                Assert.That(await done!, Is.EqualTo(VfsError.None));
            }
        }));

        await Task.WhenAll(tasks);

        Assert.That(_database.Query("SELECT count(*) FROM inode"), Is.EqualTo(new[] { "1600" }));
    }

    [Test]
    public async Task Pending_IsNull_WhenAllIsDurable()
    {
        lock (_database.Commit.Gate)
        {
            _database.Commit.ChangeLocked(Make(1));
        }

        await _database.Commit.WhenDurableAsync();
        lock (_database.Commit.Gate)
        {
            // The writer may still be on its way back; what it wrote is durable either way.
            Assert.That(_database.Commit.PendingLocked()?.IsCompletedSuccessfully ?? true, Is.True);
        }
    }

    [Test]
    public async Task RemovedFile_LeavesNoRow_EvenIfItsContentIsInTheSameBatch()
    {
        var inode = Make(5);
        lock (_database.Commit.Gate)
        {
            _database.Commit.ChangeLocked(inode);
            _database.Commit.OpenLocked().Contents.Add(new ContentRow(
                inode.Id, 3, default, 1, false, 0, [], []));
            inode.LinkCount = 0;
            _database.Commit.ChangeLocked(inode);
        }

        await _database.Commit.WhenDurableAsync();

        Assert.That(_database.Query("SELECT 1 FROM inode UNION ALL SELECT 1 FROM content"), Is.Empty);
    }

    [Test]
    [Covers("N-216")]
    public async Task RecordedCalls_AreBounded_AndTheOldestGo()
    {
        lock (_database.Commit.Gate)
        {
            for (var i = 1UL; i <= BatchWriter.RequestsKept + 5; i++)
            {
                _database.Commit.OpenLocked().Requests.Add(new RequestRow(new RequestKey(i, i), default, default));
            }
        }

        await _database.Commit.WhenDurableAsync();

        Assert.That(
            _database.Query("SELECT count(*),min(high),max(high) FROM request"),
            Is.EqualTo(new[] { $"{BatchWriter.RequestsKept},6,{BatchWriter.RequestsKept + 5}" }));
    }

    [Test]
    public async Task BusyDatabase_IsWaitedFor_AndNothingIsLost()
    {
        using (var other = SystemSqlite.Open(_database.Path))
        {
            using var command = other.CreateCommand();
            command.CommandText = "BEGIN IMMEDIATE";
            command.ExecuteNonQuery();
            lock (_database.Commit.Gate)
            {
                _database.Commit.ChangeLocked(Make(1));
            }

            Assert.That(_database.Commit.WhenDurableAsync().IsCompleted, Is.False);
            command.CommandText = "ROLLBACK";
            command.ExecuteNonQuery();
        }

        Assert.That(await _database.Commit.WhenDurableAsync(), Is.EqualTo(VfsError.None));
        Assert.That(_database.Query("SELECT id FROM inode"), Is.EqualTo(new[] { "1" }));
    }

    [Test]
    public async Task DatabaseThatRefusedForLong_AnswersNewChangesWhenItIsWell()
    {
        var clock = new ManualClock();
        using var database = new StateDatabase(clock);
        database.Query("ALTER TABLE inode RENAME TO away");
        Change(1);
        var refused = database.Commit.WhenDurableAsync();
        await AdvanceUntilAsync(() => refused.IsCompleted);
        Assert.That(await refused, Is.EqualTo(VfsError.Io));
        database.Query("ALTER TABLE away RENAME TO inode");
        await AdvanceUntilAsync(() => database.Commit.DurableNumber > 0);

        Change(2);

        Assert.That(await database.Commit.WhenDurableAsync(), Is.EqualTo(VfsError.None));
        Assert.That(database.Query("SELECT id FROM inode"), Is.EqualTo(new[] { "1", "2" }));

        void Change(ulong id)
        {
            lock (database.Commit.Gate)
            {
                database.Commit.ChangeLocked(Make(id));
            }
        }

        async Task AdvanceUntilAsync(Func<bool> isSo)
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
            while (!isSo())
            {
                clock.Advance(TimeSpan.FromSeconds(1));
                await Task.Delay(1, limit.Token);
            }
        }
    }

    private static Inode Make(ulong id) => new(new InodeId(id), InodeType.Regular)
    {
        LinkCount = 1,
        Mtime = new Timestamp((long)id),
    };
}
