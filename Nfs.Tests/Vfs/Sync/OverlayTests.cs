using System.Text;
using Cas.Client;
using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Vfs.Core;

namespace Nfs.Tests.Vfs.Sync;

// An overlay is for stores that must stay as they are: one byte that gets there is one too many, and one change that is
// gone after a restart was somebody's work.
[TestFixture]
internal sealed class OverlayTests
{
    private const StoreCalls Changing = StoreCalls.Put | StoreCalls.Compose | StoreCalls.Commit;

    private static readonly GatewayOptions s_overlay = TestGateway.Quiet with { LocalNames = LocalNames.All };

    private InMemoryStore _store = null!;
    private List<(string Path, TreeEntry Entry, TreeVersion Version)> _stored = null!;
    private TestGateway _gateway = null!;

    [SetUp]
    public async Task SetUp()
    {
        _store = new InMemoryStore();
        await using (var filling = await TestGateway.StartAsync(_store, null))
        {
            await filling.MakeFileAsync("kept", RandomBytes.Of(100_000, 1));
            await filling.MakeFileAsync("edited", RandomBytes.Of(100_000, 2));
            await filling.MakeFileAsync("removed", [3]);
            var directory = await filling.MakeDirectoryAsync("d");
            await filling.MakeFileAsync("a", [4, 4], directory);
            await filling.MakeFileAsync("b", [5, 5, 5], directory);
            await filling.SyncAsync();
        }

        _stored = await ListAsync();
        _gateway = await TestGateway.StartAsync(_store, s_overlay);
    }

    [TearDown]
    public async Task TearDown()
    {
        var sent = _gateway.Faults.Count(Changing);
        var stored = await ListAsync();
        await _gateway.DisposeAsync();
        Assert.That(sent, Is.Zero, "nothing is sent");
        Assert.That(stored, Is.EqualTo(_stored), "the store is as it was");
    }

    [Test]
    [Covers("EC-219")]
    public async Task EveryChange_IsHere_AfterRestartsAndACrashToo([Values] bool isCrash)
    {
        await ChangeAllAsync();
        await _gateway.SyncAsync();
        await AssertChangedAsync();

        if (isCrash)
        {
            await CommitAllAsync();
            _gateway = await _gateway.CrashAsync();
        }

        await AssertChangedAsync();
        await _gateway.SyncAsync();
        await _gateway.ReopenAsync();
        await AssertChangedAsync();
    }

    [Test]
    [Covers("EC-219")]
    public async Task WhatOnlyWeHave_IsNotEvicted_AndFillsNoQueue()
    {
        await _gateway.ReopenAsync(s_overlay with { CacheBytesMax = 1 });
        await ChangeAllAsync();

        await _gateway.EvictAsync();

        var status = _gateway.Files.GetStatus();
        Assert.That((status.DirtyBytes, status.DirtyFiles, status.QueueLength), Is.EqualTo((0UL, 0, 0)));
        Assert.That(status.OldestDirtyAge, Is.Null, "nothing waits");
        Assert.That((status.LocalBytes, status.LocalFiles), Is.EqualTo((10UL + 4, 2)), "edited and new");
        await AssertChangedAsync();
    }

    [Test]
    public async Task Sync_AndStopWithDrain_HaveNothingToWaitFor_AlsoWithoutAStore()
    {
        await ChangeAllAsync();
        _gateway.Faults.Fail(StoreCalls.All, CasError.Unreachable);

        var rows = await _gateway.Files.SyncAsync(default, default).WaitAsync(TimeSpan.FromSeconds(60));
        Assert.That(rows.Value, Is.Empty);
        await _gateway.Files.DrainAsync(default).WaitAsync(TimeSpan.FromSeconds(60));

        _gateway.Faults.Heal();
        await AssertChangedAsync();
    }

    [Test]
    public async Task WhatIsMadeAndRemoved_LeavesNothingBehind()
    {
        for (var i = 0; i < 20; i++)
        {
            var directory = await _gateway.MakeDirectoryAsync($"t{i}");
            await _gateway.MakeFileAsync("x", [1], directory);
            await _gateway.TrySyncAsync();
            await _gateway.RemoveAsync("x", directory);
            await _gateway.RemoveDirectoryAsync($"t{i}");
        }

        await _gateway.TrySyncAsync();

        // The times of the root itself.
        Assert.That(_gateway.Files.GetStatus().LocalChanges, Is.EqualTo(1));
    }

    [Test]
    public async Task ManyChangedFiles_DoNotFillTheMemory()
    {
        await _gateway.ReopenAsync(s_overlay with { ContentsMax = 10 });
        for (var i = 0; i < 200; i++)
        {
            await _gateway.CommitAsync(await _gateway.MakeFileAsync($"f{i}", [(byte)i]));
        }

        Assert.That(_gateway.Files.ContentsInMemory, Is.LessThan(50));
        for (var i = 0; i < 200; i++)
        {
            Assert.That(await _gateway.ReadAllAsync(_gateway.Find($"f{i}")), Is.EqualTo(new[] { (byte)i }));
        }

        var status = _gateway.Files.GetStatus();
        Assert.That((status.LocalFiles, status.LocalBytes), Is.EqualTo((200, 200UL)));
    }

    [Test]
    public async Task AnOverlay_StaysOne_AndNothingElseBecomesOne()
    {
        await ChangeAllAsync();
        await _gateway.CloseAsync();
        Assert.That(
            () => _gateway.StartAgainAsync(TestGateway.Quiet),
            Throws.InstanceOf<StateUnavailableException>().With.Message.Contains("--overlay"));

        await using var normal = await TestGateway.StartAsync(new InMemoryStore(), null);
        await normal.CloseAsync();
        Assert.That(() => normal.StartAgainAsync(s_overlay), Throws.InstanceOf<StateUnavailableException>());
        await normal.StartAgainAsync(TestGateway.Quiet);

        await _gateway.StartAgainAsync(s_overlay);
        await AssertChangedAsync();
    }

    private async Task<List<(string Path, TreeEntry Entry, TreeVersion Version)>> ListAsync()
    {
        var all = await _store.Tree.ListAsync(default, true, default, int.MaxValue, default);
        return [.. all.Value.Select(item => (Encoding.UTF8.GetString(item.Path.Span), item.Entry, item.Version))];
    }

    private async Task ChangeAllAsync()
    {
        await _gateway.WriteAsync(_gateway.Find("edited"), 50_000, new byte[10]);
        await _gateway.RemoveAsync("removed");
        await _gateway.RenameAsync("d", "moved");
        await _gateway.RenameAsync("b", "b2", _gateway.Find("moved"), _gateway.Find("moved"));
        await _gateway.ResizeAsync(_gateway.Find("moved/a"), 1);
        var made = await _gateway.MakeFileAsync("new", [6, 6, 6, 6], await _gateway.MakeDirectoryAsync("n"));
        await _gateway.Files.LinkAsync(Caller.Root, made, InodeId.Root, FileName.From("linked"), default);
        await _gateway.Files.SetAttributesAsync(
            Caller.Root, _gateway.Find("kept"), new AttributeChanges { Mode = 0x100 }, null, default);
    }

    private async Task CommitAllAsync()
    {
        foreach (var name in new[] { "edited", "moved/a", "linked" })
        {
            await _gateway.CommitAsync(_gateway.Find(name));
        }
    }

    private async Task AssertChangedAsync()
    {
        byte[] edited = [.. RandomBytes.Of(100_000, 2)];
        edited.AsSpan(50_000, 10).Clear();
        Assert.That(await _gateway.ReadAllAsync(_gateway.Find("edited")), Is.EqualTo(edited));
        Assert.That(await _gateway.ReadAllAsync(_gateway.Find("kept")), Is.EqualTo(RandomBytes.Of(100_000, 1)));
        Assert.That(_gateway.Attributes(_gateway.Find("kept")).Mode, Is.EqualTo(0x100u));
        Assert.That(await _gateway.ReadAllAsync(_gateway.Find("moved/a")), Is.EqualTo(new byte[] { 4 }));
        Assert.That(await _gateway.ReadAllAsync(_gateway.Find("moved/b2")), Is.EqualTo(new byte[] { 5, 5, 5 }));
        Assert.That(await _gateway.ReadAllAsync(_gateway.Find("n/new")), Is.EqualTo(new byte[] { 6, 6, 6, 6 }));
        Assert.That(_gateway.Find("linked"), Is.EqualTo(_gateway.Find("n/new")));
        foreach (var gone in new[] { "removed", "d" })
        {
            var found = _gateway.Files.Lookup(Caller.Root, InodeId.Root, FileName.From(gone));
            Assert.That(found.Error, Is.EqualTo(VfsError.NoEnt), gone);
        }
    }
}
