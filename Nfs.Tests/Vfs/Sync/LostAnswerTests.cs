using System.Text;
using Cas.Client;
using Microsoft.Extensions.Logging.Abstractions;
using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Vfs.Core;

namespace Nfs.Tests.Vfs.Sync;

/// <summary>
/// The store did what it was asked and the answer was lost. If the gateway took its own write for somebody else's, the
/// path would be in conflict with itself and never reach the store again.
/// </summary>
[TestFixture]
public sealed class LostAnswerTests
{
    private TemporaryDirectory _directory = null!;
    private FaultyStore _store = null!;

    [SetUp]
    public void SetUp()
    {
        _directory = new TemporaryDirectory();
        _store = new FaultyStore(new InMemoryStore());
    }

    [TearDown]
    public async Task TearDown()
    {
        await _store.DisposeAsync();
        _directory.Dispose();
    }

    [Test]
    public async Task Commit_WhoseAnswerIsLost_AndFileChangedSince_IsStillStored()
    {
        using var state = StateDirectory.Open(_directory["state"]);
        await using var files = await OpenAsync(state);
        await WriteAsync(files, "one");
        _store.Faults.FailOnceAfterEffect(StoreCalls.Commit, CasError.Unreachable);
        await files.SyncAsync(default, CancellationToken.None);

        await WriteAsync(files, "two");
        var synced = await files.SyncAsync(default, CancellationToken.None);

        Assert.That(synced.Value.Single().Failure, Is.Null);
        Assert.That(await StoredAsync(), Is.EqualTo("two"));
    }

    [Test]
    public async Task Commit_WhoseAnswerIsLost_AndGatewayRestarted_IsStillStored()
    {
        using (var state = StateDirectory.Open(_directory["state"]))
        {
            await using var files = await OpenAsync(state);
            await WriteAsync(files, "one");
            _store.Faults.FailOnceAfterEffect(StoreCalls.Commit, CasError.Unreachable);
            await files.SyncAsync(default, CancellationToken.None);
        }

        using var again = StateDirectory.Open(_directory["state"]);
        await using var restarted = await OpenAsync(again);
        await WriteAsync(restarted, "two");
        var synced = await restarted.SyncAsync(default, CancellationToken.None);

        Assert.That(synced.Value.Single().Failure, Is.Null);
        Assert.That(await StoredAsync(), Is.EqualTo("two"));
    }

    [Test]
    public async Task Commit_OverSomebodyElsesVersion_IsRefused_AndNothingIsLost()
    {
        using var state = StateDirectory.Open(_directory["state"]);
        await using var files = await OpenAsync(state);
        await WriteAsync(files, "ours");
        await files.SyncAsync(default, CancellationToken.None);
        await ReplaceInStoreAsync("theirs");

        await WriteAsync(files, "ours again");
        var synced = await files.SyncAsync(default, CancellationToken.None);

        Assert.That(synced.Value.Single().Failure, Does.Contain("conflict"));
        Assert.That(await StoredAsync(), Is.EqualTo("theirs"));
        Assert.That(await ReadAsync(files), Is.EqualTo("ours again"));
    }

    private Task<GatewayFileSystem> OpenAsync(StateDirectory state) => GatewayFileSystem.OpenAsync(
        state, _store, new GatewayOptions { FlushDebounce = TimeSpan.FromHours(1), FlushMaxAge = TimeSpan.FromHours(1) },
        TimeProvider.System, NullLoggerFactory.Instance, CancellationToken.None);

    private static async Task WriteAsync(GatewayFileSystem files, string text)
    {
        var made = await files.CreateAsync(
            Caller.Root, InodeId.Root, FileName.From("f"), CreateMode.Unchecked,
            new AttributeChanges { Size = 0 }, 0, CancellationToken.None);
        var written = await files.WriteAsync(
            Caller.Root, made.Object!.Value.Id, 0, Encoding.ASCII.GetBytes(text), Stability.FileSync,
            CancellationToken.None);
        Assert.That(written.Error, Is.EqualTo(VfsError.None));
    }

    private static async Task<string> ReadAsync(GatewayFileSystem files)
    {
        var found = files.Lookup(Caller.Root, InodeId.Root, FileName.From("f"));
        var read = await files.ReadAsync(Caller.Root, found.Object!.Value.Id, 0, 100, CancellationToken.None);
        using var data = read.Data!;
        return Encoding.ASCII.GetString(data.Memory.Span[..read.Count]);
    }

    private async Task<string> StoredAsync()
    {
        var item = (await _store.Tree.LookupAsync("f"u8.ToArray(), CancellationToken.None)).Value!;
        var bytes = new byte[item.Entry.Content.Size];
        await _store.Content.ReadAsync(item.Entry.Content, 0, bytes, CancellationToken.None);
        return Encoding.ASCII.GetString(bytes);
    }

    private async Task ReplaceInStoreAsync(string text)
    {
        var content = await _store.Content.PutAsync(
            new MemorySource(Encoding.ASCII.GetBytes(text)), CancellationToken.None);
        var item = (await _store.Tree.LookupAsync("f"u8.ToArray(), CancellationToken.None)).Value!;
        await _store.Tree.CommitAsync(
            [new TreeChange(item.Path, item.Entry with { Content = content.Value }, item.Version)],
            CancellationToken.None);
    }
}
