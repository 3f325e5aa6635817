using System.Text;
using System.Text.Json;
using Cas.Client;
using Nfs.Tests.Fixtures;
using Nfs.Tests.Hub;
using NUnit.Framework;

namespace Nfs.Tests.Cas.Backends.Hub;

// If these fail, a read-only mount of a repository shows other bytes than the revision that was named.
public sealed class HubRepositoryTests
{
    private TestHub _hub = null!;

    [SetUp]
    public async Task SetUpAsync()
    {
        _hub = await TestHub.StartAsync();
        await _hub.JsonAsync(
            HttpMethod.Post, "/api/repos/create", """{"name":"m","organization":"u","type":"model"}""");
    }

    [TearDown]
    public ValueTask TearDownAsync() => _hub.DisposeAsync();

    [Test]
    [Covers("EC-138")]
    public async Task Read_AFileThatIsNotInTheCas_ByRanges()
    {
        await CommitAsync("dir/a b.txt", "0123456789");
        await using var store = await _hub.OpenStoreAsync("hf://u/m");

        var item = Ok(await store.Tree.LookupAsync("dir/a b.txt"u8.ToArray(), default))!;
        var part = new byte[4];
        Ok(await store.Content.ReadAsync(item.Entry.Content, 3, part, default));

        Assert.That(Encoding.UTF8.GetString(part), Is.EqualTo("3456"));
        Assert.That(await ReadAsync(store, "dir/a b.txt"), Is.EqualTo("0123456789"));
        Assert.That(
            (await store.Content.ReadAsync(item.Entry.Content with { Size = 11 }, 0, new byte[11], default)).Error,
            Is.EqualTo(CasError.Corrupt));
    }

    [Test]
    public async Task Read_FileThatChangedSince_IsNeverOtherBytes()
    {
        var first = await CommitAsync("a.txt", "old bytes!");
        await using var branch = await _hub.OpenStoreAsync("hf://u/m");
        await using var pinned = await _hub.OpenStoreAsync($"hf://u/m@{first}");
        var old = Ok(await branch.Tree.LookupAsync("a.txt"u8.ToArray(), default))!;
        Assert.That(await ReadAsync(branch, "a.txt"), Is.EqualTo("old bytes!"));

        await CommitAsync("a.txt", "new bytes!");

        Assert.That(
            (await branch.Content.ReadAsync(old.Entry.Content, 0, new byte[10], default)).Error,
            Is.EqualTo(CasError.NotFound));
        Assert.That(await ReadAsync(branch, "a.txt"), Is.EqualTo("new bytes!"));
        Assert.That(
            Ok(await branch.Tree.LookupAsync("a.txt"u8.ToArray(), default))!.Version, Is.Not.EqualTo(old.Version));
        Assert.That(await ReadAsync(pinned, "a.txt"), Is.EqualTo("old bytes!"));
    }

    [Test]
    [Covers("EC-146")]
    public async Task Revision_IsThatOfWhatIsServed()
    {
        var first = await CommitAsync("a.txt", "one");
        await using var branch = await _hub.OpenStoreAsync("hf://u/m");
        await using var pinned = await _hub.OpenStoreAsync($"hf://u/m@{first}");

        var second = await CommitAsync("a.txt", "two");

        Assert.That(Ok(await branch.Tree.FindRevisionAsync(default)), Is.EqualTo(second));
        Assert.That(Ok(await pinned.Tree.FindRevisionAsync(default)), Is.EqualTo(first));
        Assert.That((branch.Tree.IsPinned, pinned.Tree.IsPinned), Is.EqualTo((false, true)));
    }

    [Test]
    public async Task Changes_AreRefused()
    {
        await CommitAsync("a.txt", "x");
        await using var store = await _hub.OpenStoreAsync("hf://u/m");
        var item = Ok(await store.Tree.LookupAsync("a.txt"u8.ToArray(), default))!;

        var deletion = await store.Tree.CommitAsync([new TreeChange(item.Path, null, item.Version)], default);

        Assert.That(store.IsReadOnly, Is.True);
        Assert.That(deletion.Error, Is.EqualTo(CasError.Forbidden));
        Assert.That(
            (await store.Content.PutAsync(new Fixtures.MemorySource(new byte[] { 1 }), default)).Error,
            Is.EqualTo(CasError.Forbidden));
    }

    [Test]
    public async Task Open_RevisionThatIsNotThere_IsRefused()
    {
        await CommitAsync("a.txt", "x");

        Assert.That(() => _hub.OpenStoreAsync("hf://u/m@other"), Throws.InstanceOf<StoreUnavailableException>());
    }

    private static T Ok<T>(CasResult<T> result)
    {
        Assert.That(result.Error, Is.EqualTo(CasError.None), result.Detail);
        return result.Value;
    }

    private static async Task<string> ReadAsync(IStore store, string path)
    {
        var item = Ok(await store.Tree.LookupAsync(Encoding.UTF8.GetBytes(path), default))!;
        var bytes = new byte[item.Entry.Content.Size];
        Ok(await store.Content.ReadAsync(item.Entry.Content, 0, bytes, default));
        return Encoding.UTF8.GetString(bytes);
    }

    private async Task<string> CommitAsync(string path, string text)
    {
        var value = new { path, content = Convert.ToBase64String(Encoding.UTF8.GetBytes(text)), encoding = "base64" };
        var answer = await _hub.JsonAsync(
            HttpMethod.Post, "/api/models/u/m/commit/main",
            "{\"key\":\"header\",\"value\":{\"summary\":\"t\"}}\n"
            + JsonSerializer.Serialize(new { key = "file", value }));
        return answer.GetProperty("commitOid").GetString()!;
    }
}
