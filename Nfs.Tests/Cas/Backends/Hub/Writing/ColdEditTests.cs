using Cas.Client;
using Nfs.Tests.Fixtures;
using Nfs.Tests.Hub;
using NUnit.Framework;
using XetHub.Faults;
using XetHub.Http;

namespace Nfs.Tests.Cas.Backends.Hub.Writing;

// Edits of a file that was never read here. If these fail, a small change of a large file costs all of it, or gives
// other bytes, or a hash that the bytes do not have.
internal sealed class ColdEditTests
{
    // Terms are of about 4 MiB.
    private const int FileBytes = 32 << 20;

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
    public async Task OneBlock_ReadsTheTermsInWhichItBeginsAndEnds()
    {
        const int start = 9_000_000;
        const int length = 12_000_000;
        var bytes = RandomBytes.Of(FileBytes, 1);
        var content = await PutAsync(bytes);
        var news = RandomBytes.Of(length, 2);
        _hub.Server.Counts.Clear();

        var edited = await EditColdAsync(content, [new Edit(start, start + length, 0, length)], news);

        news.CopyTo(bytes, start);
        await AssertIsAsync(edited, bytes);
        var counts = _hub.Server.Counts;
        Assert.That(counts[RequestKind.Xorb].BytesIn, Is.LessThan(length + (512 << 10)));
    }

    [Test]
    public async Task OneByte_OfTheMiddle_ReadsOneTerm_AndNothingTheNextTime()
    {
        var bytes = RandomBytes.Of(FileBytes, 3);
        var content = await PutAsync(bytes);
        await using var other = await _hub.OpenStoreAsync();
        _hub.Server.Counts.Clear();
        var at = FileBytes / 2;

        bytes[at] ^= 1;
        var once = Ok(await other.Content.ComposeAsync(
            content, [new Edit((ulong)at, (ulong)at + 1, 0, 1)], new MemorySource(bytes[at..(at + 1)]), default));
        var first = _hub.Server.Counts[RequestKind.Fetch].BytesOut;
        bytes[at] ^= 2;
        var twice = Ok(await other.Content.ComposeAsync(
            once, [new Edit((ulong)at, (ulong)at + 1, 0, 1)], new MemorySource(bytes[at..(at + 1)]), default));

        Assert.That(first, Is.LessThan(10 << 20));
        Assert.That(_hub.Server.Counts[RequestKind.Fetch].BytesOut - first, Is.LessThan(512 << 10));
        await AssertIsAsync(twice, bytes);
    }

    [Test]
    public async Task AnyEdits_GiveTheHashOfAWholeUpload([Range(1, 8)] int seed)
    {
        var random = new Random(seed);
        var bytes = RandomBytes.Of(FileBytes, 100 + seed);
        var content = await PutAsync(bytes);
        var edits = new List<Edit>();
        var news = RandomBytes.Of(12 << 20, 200 + seed);
        var used = 0;
        var at = random.Next(3) == 0 ? 0 : random.Next(FileBytes / 2);
        while (edits.Count < 5 && at <= FileBytes)
        {
            var end = Math.Min(FileBytes, at + (random.Next(4) switch
            {
                0 => 0, 1 => random.Next(200_000), 2 => random.Next(10 << 20), _ => random.Next(2) * FileBytes,
            }));
            var length = random.Next(3) switch { 0 => 0, 1 => random.Next(100), _ => random.Next(2 << 20) };
            edits.Add(new Edit((ulong)at, (ulong)end, (ulong)used, (ulong)length));
            used += length;
            at = end + random.Next(9 << 20);
        }

        var edited = await EditColdAsync(content, edits, news);

        await AssertIsAsync(edited, Apply(bytes, edits, news));
    }

    [Test]
    public async Task EndOfTheFile_CanBeAddedToAndCutOff()
    {
        var bytes = RandomBytes.Of(FileBytes, 4);
        var content = await PutAsync(bytes);
        var news = RandomBytes.Of(1000, 5);

        var longer = await EditColdAsync(content, [new Edit(FileBytes, FileBytes, 0, 1000)], news);
        var shorter = await EditColdAsync(content, [new Edit(11_000_000, FileBytes, 0, 0)], news);
        var empty = await EditColdAsync(content, [new Edit(0, FileBytes, 0, 0)], news);

        await AssertIsAsync(longer, [.. bytes, .. news]);
        await AssertIsAsync(shorter, bytes[..11_000_000]);
        Assert.That(empty, Is.EqualTo(ContentId.Empty));
    }

    [Test]
    public async Task SameBytesAgain_AreTheSameContent()
    {
        var bytes = RandomBytes.Of(FileBytes, 6);
        var content = await PutAsync(bytes);
        _hub.Server.Counts.Clear();

        var edited = await EditColdAsync(
            content, [new Edit(20_000_000, 20_000_100, 0, 100)], bytes[20_000_000..20_000_100]);

        Assert.That(edited, Is.EqualTo(content));
        Assert.That(_hub.Server.Counts[RequestKind.Xorb].Requests, Is.Zero);
    }

    [Test]
    public async Task ACasThatDoesNotTellOfTheRest_HasAllOfItRead()
    {
        var bytes = RandomBytes.Of(FileBytes, 7);
        var content = await PutAsync(bytes);

        // The second question about a file is that one.
        _hub.Server.Faults.Add(new Fault { Kinds = [RequestKind.Reconstruct], Every = 2, Times = 1, Status = 501 });
        var edited = await EditColdAsync(content, [new Edit(0, 1, 0, 1)], [7]);

        bytes[0] = 7;
        await AssertIsAsync(edited, bytes);
    }

    [Test]
    [Covers("EC-302")]
    public async Task ManyEdits_ShareOneUpload()
    {
        var bytes = RandomBytes.Of(FileBytes, 8);
        var content = await PutAsync(bytes);
        var edits = Enumerable.Range(0, 32).Select(i => new Edit((ulong)i << 20, ((ulong)i << 20) + 1, 0, 1)).ToList();
        _hub.Server.Counts.Clear();

        var edited = await EditColdAsync(content, edits, [1]);

        await AssertIsAsync(edited, Apply(bytes, edits, [1]));
        Assert.That(_hub.Server.Counts[RequestKind.Xorb].Requests, Is.EqualTo(1));
        Assert.That(_hub.Server.Counts[RequestKind.Shard].Requests, Is.EqualTo(1));
    }

    private static byte[] Apply(byte[] bytes, IReadOnlyList<Edit> edits, byte[] news)
    {
        using var result = new MemoryStream();
        var at = 0;
        foreach (var edit in edits)
        {
            result.Write(bytes.AsSpan(at, (int)edit.Start - at));
            result.Write(news.AsSpan((int)edit.SourceOffset, (int)edit.Length));
            at = (int)edit.End;
        }

        result.Write(bytes.AsSpan(at));
        return result.ToArray();
    }

    private static T Ok<T>(CasResult<T> result)
    {
        Assert.That(result.Error, Is.EqualTo(CasError.None), result.Detail);
        return result.Value;
    }

    private async Task<ContentId> EditColdAsync(ContentId content, IReadOnlyList<Edit> edits, byte[] news)
    {
        await using var other = await _hub.OpenStoreAsync();
        return Ok(await other.Content.ComposeAsync(content, edits, new MemorySource(news), default));
    }

    private async Task<ContentId> PutAsync(byte[] bytes) =>
        Ok(await _store.Content.PutAsync(new MemorySource(bytes), default));

    /// <summary>The bytes are there, under the hash that a whole upload gives them.</summary>
    private async Task AssertIsAsync(ContentId content, byte[] bytes)
    {
        Assert.That(content, Is.EqualTo(
            (await ContentHasher.HashAsync(new MemorySource(bytes), default)).Content), "the hash of a whole upload");
        await using var reader = await _hub.OpenStoreAsync();
        var read = new byte[content.Size];
        Ok(await reader.Content.ReadAsync(content, 0, read, default));
        Assert.That(read.AsSpan().SequenceEqual(bytes), Is.True);
    }
}
