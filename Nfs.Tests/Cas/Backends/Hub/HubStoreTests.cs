using System.Text;
using Cas.Client;
using Cas.Client.Backends.Hub.Tree;
using Nfs.Tests.Fixtures;
using Nfs.Tests.Hub;
using NUnit.Framework;
using XetHub.Faults;
using XetHub.Http;

namespace Nfs.Tests.Cas.Backends.Hub;

// What a gateway in front of a bucket or a repository lives on. If these fail, it serves other bytes than are there,
// overwrites what others wrote, or moves far more bytes than were changed.
internal sealed class HubStoreTests
{
    private TestHub _hub = null!;
    private IStore _store = null!;

    [SetUp]
    public async Task SetUpAsync()
    {
        _hub = await TestHub.StartAsync();
        _store = await _hub.OpenStoreAsync();
    }

    [TearDown]
    public async Task TearDownAsync()
    {
        await _store.DisposeAsync();
        await _hub.DisposeAsync();
    }

    [Test]
    public async Task Edit_OfAFileThatWasStoredHere_MovesTheChunksBesideItAlone()
    {
        var bytes = RandomBytes.Of(32 << 20, 1);
        var content = await PutAsync(bytes);
        _hub.Server.Counts.Clear();

        var edited = Ok(await _store.Content.ComposeAsync(
            content, [new Edit(20_000_000, 20_000_001, 0, 1)], new MemorySource(new byte[] { 1 }), default));

        bytes[20_000_000] = 1;
        Assert.That(_hub.Server.Counts[RequestKind.Xorb].BytesIn, Is.LessThan(512 << 10));
        Assert.That(_hub.Server.Counts[RequestKind.Fetch].BytesOut, Is.LessThan(512 << 10));
        Assert.That(edited, Is.EqualTo(await PutAsync(bytes)), "the hash of a whole upload");
    }

    [Test]
    public async Task Edit_OfAFileOfSomebodyElse_IsRightToo()
    {
        var bytes = RandomBytes.Of(9_000_000, 2);
        var content = await PutAsync(bytes);
        await using var other = await _hub.OpenStoreAsync();
        _hub.Server.Counts.Clear();

        var edited = Ok(await other.Content.ComposeAsync(
            content, [new Edit(5, 5, 0, 3), new Edit(8_999_999, 9_000_000, 0, 2)],
            new MemorySource(new byte[] { 1, 2, 3 }), default));

        byte[] expected = [.. bytes[..5], 1, 2, 3, .. bytes[5..8_999_999], 1, 2];
        Assert.That(_hub.Server.Counts[RequestKind.Xorb].BytesIn, Is.LessThan(1 << 20));
        Assert.That((await ReadAsync(_store, edited)).AsSpan().SequenceEqual(expected), Is.True);
    }

    [Test]
    public async Task Put_OfWhatOthersStored_SendsNoChunks()
    {
        var bytes = RandomBytes.Of(3 << 20, 3);
        var content = await PutAsync(bytes);
        await using var other = await _hub.OpenStoreAsync();
        _hub.Server.Counts.Clear();

        Assert.That(Ok(await other.Content.PutAsync(new MemorySource(bytes), default)), Is.EqualTo(content));
        Assert.That(_hub.Server.Counts[RequestKind.Xorb].Requests, Is.Zero);
        Assert.That(_hub.Server.Counts[RequestKind.Chunk].Requests, Is.LessThanOrEqualTo(3));
    }

    [Test]
    public async Task Read_ColdFile_TakesThreeRoundTrips()
    {
        var content = await PutAsync(RandomBytes.Of(20 << 20, 4));
        await using var other = await _hub.OpenStoreAsync();
        _hub.Server.Counts.Clear();

        Ok(await other.Content.ReadAsync(content, 12_345_678, new byte[4096], default));

        Assert.That(
            _hub.Server.Counts.Copy().ToDictionary(kind => kind.Key, kind => kind.Value.Requests),
            Is.EquivalentTo(new Dictionary<RequestKind, long>
            {
                [RequestKind.Token] = 1, [RequestKind.Reconstruct] = 1, [RequestKind.Fetch] = 1,
            }));
        Assert.That(_hub.Server.Counts[RequestKind.Fetch].BytesOut, Is.LessThan(300_000));
    }

    [Test]
    public async Task Read_OverSeveralTermsOfAXorb_FetchesThemOnce()
    {
        const int length = 8 << 20;
        var bytes = RandomBytes.Of(20 << 20, 5);
        var content = await PutAsync(bytes);
        await using var other = await _hub.OpenStoreAsync();
        _hub.Server.Counts.Clear();
        var read = new byte[length];

        Ok(await other.Content.ReadAsync(content, 5_000_000, read, default));

        Assert.That(read.AsSpan().SequenceEqual(bytes.AsSpan(5_000_000, length)), Is.True);
        Assert.That(_hub.Server.Counts[RequestKind.Fetch].Requests, Is.EqualTo(1));
        Assert.That(_hub.Server.Counts[RequestKind.Fetch].BytesOut, Is.LessThan(length + 300_000));
    }

    [TestCase(RequestKind.Token)]
    [TestCase(RequestKind.Reconstruct)]
    [TestCase(RequestKind.Fetch)]
    [TestCase(RequestKind.Lookup)]
    [TestCase(RequestKind.List)]
    [TestCase(RequestKind.Xorb)]
    [TestCase(RequestKind.Shard)]
    [TestCase(RequestKind.Commit)]
    [TestCase(RequestKind.Chunk)]
    [Covers("EC-220", "EC-223")]
    public async Task AFaultOfEachSort_IsNotSeen(RequestKind kind)
    {
        Fault[] faults =
        [
            new() { Status = 503 }, new() { Status = 429, ResetSeconds = 0 }, new() { Drop = true },
            new() { CutAfter = 3 },
        ];
        for (var i = 0; i < faults.Length; i++)
        {
            _hub.Server.Faults.Replace([faults[i] with { Kinds = [kind], Times = 1 }]);
            await using var store = await _hub.OpenStoreAsync();
            var bytes = RandomBytes.Of(3 << 20, (100 * (int)kind) + i);

            var content = Ok(await store.Content.PutAsync(new MemorySource(bytes), default));
            Ok(await store.Tree.CommitAsync([FileChange($"f{i}", content)], default));
            var listed = Ok(await store.Tree.ListAsync(default, true, default, 10, default));

            Assert.That(listed[i].Entry.Content, Is.EqualTo(content), faults[i].ToString());
            Assert.That((await ReadAsync(store, content)).AsSpan().SequenceEqual(bytes), Is.True, faults[i].ToString());
        }
    }

    [Test]
    public async Task Read_BytesThatCameDamaged_AreFetchedAgain()
    {
        var bytes = RandomBytes.Of(300_000, 30);
        var content = await PutAsync(bytes);
        await using var other = await _hub.OpenStoreAsync();
        _hub.Server.Faults.Add(new Fault { Kinds = [RequestKind.Fetch], WrongByteAt = 5000, Times = 2 });

        Assert.That((await ReadAsync(other, content)).AsSpan().SequenceEqual(bytes), Is.True);

        _hub.Server.Faults.Add(new Fault { Kinds = [RequestKind.Fetch], WrongByteAt = 5000 });
        var damaged = await other.Content.ReadAsync(content, 0, new byte[300_000], default);
        Assert.That(damaged.Error, Is.EqualTo(CasError.Corrupt));
    }

    [Test]
    public async Task TokensAndUrlsThatEnded_AreMadeAnew()
    {
        var bytes = RandomBytes.Of(300_000, 31);
        var content = await PutAsync(bytes);
        Assert.That((await ReadAsync(_store, content)).AsSpan().SequenceEqual(bytes), Is.True);

        _hub.Server.Revoke();

        Assert.That((await ReadAsync(_store, content)).AsSpan().SequenceEqual(bytes), Is.True);
        await PutAsync(RandomBytes.Of(300_000, 32));
    }

    [Test]
    public async Task HubToken_ThatIsRefused_IsUnauthorizedUntilTheFileHasAnother()
    {
        using var directory = new TemporaryDirectory();
        await File.WriteAllTextAsync(directory["token"], "hf_old");
        _hub.Server.HubToken = "hf_old";
        await using var store = await _hub.OpenStoreAsync(tokenFile: directory["token"]);
        _hub.Server.HubToken = "hf_new_one";

        Assert.That((await store.ProbeAsync(default)).Error, Is.EqualTo(CasError.Unauthorized));
        await File.WriteAllTextAsync(directory["token"], "hf_new_one");

        Assert.That((await store.ProbeAsync(default)).IsOk, Is.True);
    }

    [Test]
    public async Task Commit_OverWhatSomebodyElseWrote_IsAConflict()
    {
        var version = Ok(await _store.Tree.CommitAsync([FileChange("a", ContentId.Empty)], default))[0];
        await using var other = await _hub.OpenStoreAsync();
        Ok(await other.Tree.CommitAsync(
            [FileChange("a", await PutAsync([1]), version), FileChange("dir/b", ContentId.Empty)], default));

        var ours = await _store.Tree.CommitAsync([FileChange("a", await PutAsync([2]), version)], default);

        Assert.That(ours.Error, Is.EqualTo(CasError.Conflict));
        Assert.That(ours.Detail, Does.Contain("'a'"));
    }

    [Test]
    public async Task Commit_WhatABucketCannotHold_IsInvalid()
    {
        foreach (var kind in (TreeEntryKind[])[TreeEntryKind.SymbolicLink, TreeEntryKind.Fifo])
        {
            var entry = new TreeEntry { Kind = kind };
            Assert.That(_store.Tree.Kept(entry), Is.Null);
            var change = new TreeChange("x"u8.ToArray(), entry, TreeVersion.Absent);
            Assert.That((await _store.Tree.CommitAsync([change], default)).Error, Is.EqualTo(CasError.Invalid));
        }

        var notText = new TreeChange(new byte[] { 0xFF }, HubAttributes.OfFile(ContentId.Empty, 0), TreeVersion.Absent);
        Assert.That((await _store.Tree.CommitAsync([notText], default)).Error, Is.EqualTo(CasError.Invalid));
    }

    [Test]
    public async Task Kept_IsWhatComesBack()
    {
        var entry = new TreeEntry
        {
            Kind = TreeEntryKind.File, Content = await PutAsync([1, 2, 3]), Mode = 0x1C0, Uid = 7, Gid = 8,
            Mtime = 1_700_000_000_123_456_789, LinkId = 9,
        };
        var kept = _store.Tree.Kept(entry)!;

        Ok(await _store.Tree.CommitAsync([new TreeChange("f"u8.ToArray(), entry, TreeVersion.Absent)], default));

        Assert.That(Ok(await _store.Tree.LookupAsync("f"u8.ToArray(), default))!.Entry, Is.EqualTo(kept));
        Assert.That(_store.Tree.Kept(kept), Is.EqualTo(kept));
    }

    [Test]
    public async Task Directory_IsThereWhileSomethingIsInIt()
    {
        var directory = new TreeChange("d"u8.ToArray(), HubAttributes.OfDirectory(), TreeVersion.Absent);
        var made = Ok(await _store.Tree.CommitAsync([directory, FileChange("d/f", ContentId.Empty)], default));

        var found = Ok(await _store.Tree.LookupAsync("d"u8.ToArray(), default))!;
        Assert.That((found.Entry, found.Version), Is.EqualTo((HubAttributes.OfDirectory(), made[0])));

        Ok(await _store.Tree.CommitAsync(
            [
                new TreeChange("d/f"u8.ToArray(), null, made[1]), new TreeChange("d"u8.ToArray(), null, made[0]),
            ],
            default));
        Assert.That(Ok(await _store.Tree.LookupAsync("d"u8.ToArray(), default)), Is.Null);
    }

    [Test]
    public async Task Folder_OfABucket_IsATreeOfItsOwn()
    {
        await using var sub = await _hub.OpenStoreAsync($"hf://buckets/{TestHub.Bucket}/sub");
        Ok(await sub.Tree.CommitAsync([FileChange("a b#c%", ContentId.Empty)], default));
        await _hub.AddEmptyAsync("sub.txt", "other");

        var listed = Ok(await sub.Tree.ListAsync(default, true, default, 10, default));
        Assert.That(listed.Select(item => Encoding.UTF8.GetString(item.Path.Span)), Is.EqualTo(new[] { "a b#c%" }));
        Assert.That(
            Ok(await _store.Tree.LookupAsync("sub/a b#c%"u8.ToArray(), default)), Is.Not.Null);
    }

    [Test]
    public void Open_WhatIsNotThere_SaysWhatToDo()
    {
        Assert.That(
            () => _hub.OpenStoreAsync("hf://buckets/u/missing"),
            Throws.InstanceOf<StoreUnavailableException>().With.Message.Contains("--hub-token-file"));
        _hub.Server.Faults.Add(new Fault { Drop = true });
        Assert.That(() => _hub.OpenStoreAsync(), Throws.InstanceOf<StoreUnavailableException>());
    }

    private static TreeChange FileChange(string path, ContentId content, TreeVersion expected = default) => new(
        Encoding.UTF8.GetBytes(path), HubAttributes.OfFile(content, 1_700_000_000_000_000_000), expected);

    private static T Ok<T>(CasResult<T> result)
    {
        Assert.That(result.Error, Is.EqualTo(CasError.None), result.Detail);
        return result.Value;
    }

    private static async Task<byte[]> ReadAsync(IStore store, ContentId content)
    {
        var bytes = new byte[content.Size];
        Ok(await store.Content.ReadAsync(content, 0, bytes, default));
        return bytes;
    }

    private async Task<ContentId> PutAsync(byte[] bytes) =>
        Ok(await _store.Content.PutAsync(new MemorySource(bytes), default));
}
