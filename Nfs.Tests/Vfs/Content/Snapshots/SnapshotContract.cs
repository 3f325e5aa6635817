using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Vfs.Core;
using Vfs.Core.Content;
using Vfs.Core.Content.Snapshots;
using Vfs.Core.Namespace;

namespace Nfs.Tests.Vfs.Content.Snapshots;

// What a flush sends is a state that existed, however the disk of the state directory keeps it. If this fails, the store
// gets files that are half old and half new, on some disks.
[TestFixture("xfs", true)]
[TestFixture("btrfs", true)]
[TestFixture("ext4", false)]
[TestFixture("tmpfs", false)]
internal sealed class SnapshotContract(string fileSystem, bool hasClones)
{
    // One that is not worth a clone, and one that is; neither ends with a block.
    private const int Small = 100_001;
    private const int Large = 5_000_001;

    private readonly InMemoryStore _store = new();
    private TestDisk _disk = null!;
    private TemporaryDirectory _directory = null!;
    private StagingDirectory _staging = null!;

    [OneTimeSetUp]
    public void MountDisk() => _disk = TestDisk.Mount(fileSystem);

    [OneTimeTearDown]
    public void RemoveDisk() => _disk?.Dispose();

    [SetUp]
    public void SetUp()
    {
        var path = Path.Combine(_disk.Path, Guid.NewGuid().ToString("N"));
        Directory.CreateDirectory(path);
        _directory = new TemporaryDirectory(path);
        _staging = new StagingDirectory(Path.Combine(path, "staging"));
    }

    [TearDown]
    public void TearDown()
    {
        _staging.Dispose();
        _directory.Dispose();
    }

    [TestCase(Small, false)]
    [TestCase(Large, true)]
    public void Disk_IsFoundOutToBeWhatItIs(int length, bool isWorthAClone)
    {
        var content = Make(Bytes(length, 1));
        using var clone = content.Staging.TryClone();
        lock (content.Gate)
        {
            Assert.That(content.WantsCloneLocked, Is.EqualTo(hasClones && isWorthAClone));
        }

        Assert.That(clone is not null, Is.EqualTo(hasClones));
    }

    [Test]
    [Covers("EC-75")]
    public async Task Snapshot_StaysAsItWas_WhateverIsWritten([Values(Small, Large)] int length)
    {
        var bytes = Bytes(length, 1);
        var content = Make(bytes);
        using var snapshot = Freeze(content);

        lock (content.Gate)
        {
            content.WriteLocked(0, Bytes(10, 2));
            content.WriteLocked(50_001, Bytes(20_000, 3));
            content.WriteLocked((ulong)length - 1, Bytes(5000, 4));
        }

        Expect(await ReadAsync(snapshot), bytes);
    }

    [Test]
    [Covers("EC-70", "EC-75")]
    public async Task Snapshot_StaysAsItWas_WhenTheFileShrinksAndGrows([Values(Small, Large)] int length)
    {
        var bytes = Bytes(length, 1);
        var content = Make(bytes);
        using var snapshot = Freeze(content);

        lock (content.Gate)
        {
            content.ResizeLocked(777);
            content.DropGarbageLocked();
            content.ResizeLocked((ulong)length);
        }

        Expect(await ReadAsync(snapshot), bytes);
        Expect(Read(content, length), [.. bytes[..777], .. new byte[length - 777]]);
    }

    [Test]
    [Covers("EC-75")]
    public async Task Snapshot_StaysAsItWas_WhileClientsGoOnWriting([Values(Small, Large)] int length)
    {
        var bytes = Bytes(length, 1);
        var content = Make(bytes);
        using var snapshot = Freeze(content);
        using var stop = new CancellationTokenSource();
        var began = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var writing = Task.Run(() =>
        {
            var random = new Random(5);
            for (var writes = 0; !stop.IsCancellationRequested; writes++)
            {
                var part = Bytes(random.Next(1, 20_000), writes);
                lock (content.Gate)
                {
                    content.WriteLocked((ulong)random.Next(length - part.Length), part);
                }

                began.TrySetResult();
            }
        });
        await began.Task;

        for (var round = 0; round < 3; round++)
        {
            Expect(await ReadAsync(snapshot), bytes);
        }

        await stop.CancelAsync();
        await writing;
    }

    [Test]
    public async Task FailedFlush_IsTakenAgain_AsTheFileIsThen([Values(Small, Large)] int length)
    {
        var bytes = Bytes(length, 1);
        var content = Make(bytes);
        using (var first = Freeze(content))
        {
            lock (content.Gate)
            {
                content.WriteLocked(100, Bytes(1000, 2));
                content.UnfreezeLocked(first, null);
            }
        }

        Bytes(1000, 2).CopyTo(bytes, 100);
        using var second = Freeze(content);
        Expect(await ReadAsync(second), bytes);
    }

    [Test]
    public void Snapshot_LeavesNothingOnTheDisk()
    {
        var content = Make(Bytes(Large, 1));
        using (Freeze(content))
        {
            lock (content.Gate)
            {
                content.WriteLocked(0, Bytes(Large, 2));
            }

            Assert.That(Files(), Has.Length.EqualTo(1), "a kill at this moment leaves the staging file alone");
        }

        Assert.That(Files(), Has.Length.EqualTo(1));
    }

    [Test]
    [Covers("EC-75")]
    public async Task Gateway_SendsTheStateThatItFroze([Values(Small, Large)] int length)
    {
        await using var gateway = await TestGateway.StartAsync(
            new InMemoryStore(), null, null, new TemporaryDirectory(Directory.CreateDirectory(_directory["gateway"]).FullName));
        var (old, @new) = (Bytes(length, 1), Bytes(length, 2));
        var file = await gateway.MakeFileAsync("f", old);
        gateway.Faults.Stall(StoreCalls.Put);
        var stalled = gateway.Faults.StallSeen;
        var sync = gateway.TrySyncAsync();
        await stalled.WaitAsync(TimeSpan.FromSeconds(30));

        await gateway.WriteAsync(file, 0, @new);
        gateway.Faults.Heal();

        Assert.That(await sync, Is.Empty);
        Expect(await gateway.StoredBytesAsync("f"), old);
        await gateway.SyncAsync();
        Expect(await gateway.StoredBytesAsync("f"), @new);
    }

    private static byte[] Bytes(int length, int seed)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    // Megabytes, one by one, take the framework seconds.
    private static void Expect(byte[]? found, byte[] expected) =>
        Assert.That(found.AsSpan().SequenceEqual(expected), Is.True, "the bytes");

    private static byte[] Read(FileContent content, int length)
    {
        var bytes = new byte[length];
        lock (content.Gate)
        {
            content.Staging.Read(0, bytes);
        }

        return bytes;
    }

    private static async Task<byte[]> ReadAsync(FlushSnapshot snapshot)
    {
        var bytes = new byte[snapshot.Length];
        await snapshot.ReadAsync(0, bytes, default);
        return bytes;
    }

    private FlushSnapshot Freeze(FileContent content)
    {
        lock (content.Gate)
        {
            return content.FreezeLocked(_store.Content);
        }
    }

    private FileContent Make(byte[] bytes)
    {
        var inode = new Inode(new InodeId(7), InodeType.Regular) { LinkCount = 1 };
        var content = new FileContent(inode, null, _staging, new CacheUsage(), TimeProvider.System);
        lock (content.Gate)
        {
            content.WriteLocked(0, bytes);
        }

        return content;
    }

    private string[] Files() => Directory.GetFiles(_staging.Path, "*", SearchOption.AllDirectories);
}
