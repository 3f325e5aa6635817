using System.Text;
using Cas.Client;
using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Vfs.Core;

namespace Nfs.Tests.Vfs.Sync;

// A machine is lost, and another starts from the store: it must have the files as they were, whatever numbers the lost
// one used, and a store with nonsense in it must not turn files into others.
[TestFixture]
internal sealed class TreeImportTests
{
    [Test]
    [Covers("EC-204", "EC-207")]
    public async Task SecondStart_FromTheStoreAlone_HasTheSameTree()
    {
        await using var first = await TestGateway.StartAsync();
        var directory = await first.MakeDirectoryAsync("d");
        for (var i = 0; i < 30; i++)
        {
            var file = await first.MakeFileAsync($"f{i}", Bytes(1000 * i, i), i % 2 == 0 ? directory : null);
            if (i % 5 == 0)
            {
                await first.Files.LinkAsync(Caller.Root, file, InodeId.Root, FileName.From($"l{i}"), default);
            }
        }

        await first.Files.SetAttributesAsync(
            Caller.Root, InodeId.Root, new AttributeChanges { Mode = 0x3FF, Uid = 5 }, null, default);
        await first.SyncAsync();

        await using var second = await TestGateway.StartAsync(first.Memory, null);

        Assert.That(await TreeText.OfAsync(second.Files), Is.EqualTo(await TreeText.OfAsync(first.Files)));
        Assert.That(second.Files.GetStatus().QueueLength, Is.Zero, "what was taken over needs no sending");
        Assert.That(second.Files.GetStatus().Inodes, Is.EqualTo(32));
    }

    [Test]
    public async Task LinksOfALostState_AndOfTheNext_AreNotMixedUp()
    {
        var store = new InMemoryStore();
        await using (var first = await TestGateway.StartAsync(store, null))
        {
            await first.MakeFileAsync("gone");
            await LinkAsync(first, await first.MakeFileAsync("b", [1]), "b2");
            await first.MakeFileAsync("z", [2]);
            await first.RemoveAsync("gone");
            await first.SyncAsync();
        }

        // The second state counts its inodes anew: its z has the number that b had.
        await using (var second = await TestGateway.StartAsync(store, null))
        {
            await LinkAsync(second, second.Find("z"), "z2");
            await second.SyncAsync();
        }

        await using var third = await TestGateway.StartAsync(store, null);
        Assert.That(await third.ReadAllAsync(third.Find("z")), Is.EqualTo(new byte[] { 2 }));
        Assert.That(third.Find("z2"), Is.EqualTo(third.Find("z")).And.Not.EqualTo(third.Find("b")));
        Assert.That(third.Find("b2"), Is.EqualTo(third.Find("b")));
        Assert.That(third.Attributes(third.Find("b")).LinkCount, Is.EqualTo(2u));
    }

    [Test]
    public async Task OneLinkNumber_OnDifferentThings_MakesThemSeparate()
    {
        var store = new InMemoryStore();
        var one = (await store.Content.PutAsync(new MemorySource(new byte[] { 1 }), default)).Value;
        var two = (await store.Content.PutAsync(new MemorySource(new byte[] { 2 }), default)).Value;
        await CommitAsync(
            store,
            ("a", new TreeEntry { Kind = TreeEntryKind.File, Content = one, LinkId = 7 }),
            ("b", new TreeEntry { Kind = TreeEntryKind.File, Content = two, LinkId = 7 }),
            ("c", new TreeEntry { Kind = TreeEntryKind.Fifo, LinkId = 7 }),
            ("d", new TreeEntry { Kind = TreeEntryKind.Directory, LinkId = 9 }),
            ("d/e", new TreeEntry { Kind = TreeEntryKind.Directory, LinkId = 9 }));

        await using var gateway = await TestGateway.StartAsync(store, null);

        Assert.That(await gateway.ReadAllAsync(gateway.Find("a")), Is.EqualTo(new byte[] { 1 }));
        Assert.That(await gateway.ReadAllAsync(gateway.Find("b")), Is.EqualTo(new byte[] { 2 }));
        Assert.That(gateway.Attributes(gateway.Find("c")).Type, Is.EqualTo(InodeType.Fifo));
        Assert.That(gateway.Find("d/e"), Is.Not.EqualTo(gateway.Find("d")));
    }

    [TestCase(long.MaxValue)]
    [TestCase(-5_000_000_000)]
    [Covers("N-83", "N-96")]
    public async Task CtimeThatIsFarOff_LeavesRoomForChanges(long ctime)
    {
        var store = new InMemoryStore();
        await CommitAsync(store, ("f", new TreeEntry { Kind = TreeEntryKind.File, Ctime = ctime }));
        await using var gateway = await TestGateway.StartAsync(store, null);
        var file = gateway.Find("f");
        var before = gateway.Attributes(file).Ctime;

        var set = await gateway.Files.SetAttributesAsync(
            Caller.Root, file, new AttributeChanges { Mode = 0x180 }, before, default);

        // Within what a client can be told.
        Assert.That(set.Error, Is.EqualTo(VfsError.None));
        Assert.That(before, Is.InRange(new Timestamp(0), Timestamp.Now(TimeProvider.System)));
        Assert.That(gateway.Attributes(file).Ctime, Is.GreaterThan(before));
    }

    [Test]
    public async Task PathsWithoutTheirDirectories_GetThem()
    {
        var store = new InMemoryStore();
        await CommitAsync(store, ("a/b/c", new TreeEntry { Kind = TreeEntryKind.File }));

        await using var gateway = await TestGateway.StartAsync(store, null);

        Assert.That(gateway.Attributes(gateway.Find("a/b")).Type, Is.EqualTo(InodeType.Directory));
        Assert.That(gateway.Attributes(gateway.Find("a")).LinkCount, Is.EqualTo(3u));
        Assert.That(gateway.Attributes(gateway.Find("a/b/c")).Type, Is.EqualTo(InodeType.Regular));
    }

    [Test]
    public async Task TreeThatCannotBeServed_IsRefused()
    {
        foreach (var path in new[] { "file/below", new string('x', 256) })
        {
            var store = new InMemoryStore();
            await CommitAsync(
                store, ("file", new TreeEntry { Kind = TreeEntryKind.File }), (path,
                    new TreeEntry { Kind = TreeEntryKind.File }));

            Assert.That(
                async () => await TestGateway.StartAsync(store, null), Throws.InstanceOf<StoreUnavailableException>());
        }
    }

    [Test]
    public async Task StoreThatFailsDuringTheFirstStart_IsAskedAgainAtTheNext()
    {
        var store = new InMemoryStore();
        for (var i = 0; i < 2500; i++)
        {
            await CommitAsync(store, ($"f{i}", new TreeEntry { Kind = TreeEntryKind.File, Mode = 0x1A4 }));
        }

        using var directory = new TemporaryDirectory();
        var faulty = new FaultyStore(store);
        using (var state = StateDirectory.Open(directory["state"]))
        {
            faulty.Faults.FailOnce(StoreCalls.List, CasError.Unreachable);
            Assert.That(async () => await OpenAsync(state, faulty), Throws.InstanceOf<StoreUnavailableException>());
        }

        using (var state = StateDirectory.Open(directory["state"]))
        {
            await using var files = await OpenAsync(state, faulty);
            Assert.That(TreeText.List(files, InodeId.Root), Has.Count.EqualTo(2500));
        }
    }

    [Test]
    [Covers("EC-226")]
    public async Task StoreThatLimitsCalls_IsWaitedForAtTheFirstStart_AndNotForEver([Values] bool recovers)
    {
        var store = new InMemoryStore();
        await CommitAsync(store, ("f", new TreeEntry { Kind = TreeEntryKind.File }));
        using var directory = new TemporaryDirectory();
        using var state = StateDirectory.Open(directory["state"]);
        var faulty = new FaultyStore(store);
        faulty.Faults.Fail(StoreCalls.Tree, CasError.Throttled);
        var clock = new ManualClock();
        var opening = OpenAsync(state, faulty, clock);
        for (var asked = 0; asked < 4; asked++)
        {
            var before = asked;
            await Eventually.IsSoAsync(() => faulty.Faults.Count(StoreCalls.Lookup) > before);
            Assert.That(opening.IsCompleted, Is.False);
            clock.Advance(TimeSpan.FromSeconds(30));
        }

        if (recovers)
        {
            faulty.Faults.Heal();
        }

        await Eventually.IsSoAsync(() =>
        {
            clock.Advance(TimeSpan.FromSeconds(30));
            return opening.IsCompleted;
        });
        if (!recovers)
        {
            Assert.That(async () => await opening, Throws.InstanceOf<StoreUnavailableException>());
            return;
        }

        await using var files = await opening;
        Assert.That(TreeText.List(files, InodeId.Root), Has.Count.EqualTo(1));
    }

    private static Task<GatewayFileSystem> OpenAsync(
        StateDirectory state, IStore store, TimeProvider? clock = null) => GatewayFileSystem.OpenAsync(
        state, store, TestGateway.Quiet, clock ?? TimeProvider.System,
        Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance, default);

    private static async Task CommitAsync(InMemoryStore store, params (string Path, TreeEntry Entry)[] entries)
    {
        var done = await store.Tree.CommitAsync(
            [.. entries.Select(e => new TreeChange(Encoding.UTF8.GetBytes(e.Path), e.Entry,
                TreeVersion.Absent))], default);
        Assert.That(done.IsOk, Is.True, done.Detail);
    }

    private static async Task LinkAsync(TestGateway gateway, InodeId file, string name)
    {
        var linked = await gateway.Files.LinkAsync(Caller.Root, file, InodeId.Root, FileName.From(name), default);
        Assert.That(linked.Error, Is.EqualTo(VfsError.None));
    }

    private static byte[] Bytes(int length, int seed)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
