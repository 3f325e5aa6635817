using System.Text.Json;
using Cas.Client;
using Cas.Client.Backends.Local;
using Microsoft.Extensions.Logging.Abstractions;
using Nfs.Tests.Fixtures;
using Nfs.Tests.Hub;
using NUnit.Framework;
using XetHub.Faults;
using XetHub.Http;

namespace Nfs.Tests.EndToEnd.Hub;

// A client that nobody here wrote. If these fail, the hub and everything that is tested against it speak a language of
// their own, or our reader cannot read what other clients write.
[TestFixture]
internal sealed class NpmClientTests
{
    private const string Repo = "buckets/" + TestHub.Bucket;

    // More than a hundred files are more than one batch.
    private const int TinyFiles = 104;

    [Test]
    public async Task Files_GoBothWays_AndAreReadByUs()
    {
        await using var hub = await TestHub.StartAsync(options => options with { PageSize = 40 });
        using var files = new TemporaryDirectory();
        using var back = new TemporaryDirectory();
        WriteFiles(files.Path);

        await NpmClient.RunAsync(hub.Server.Url, "upload", Repo, files.Path);
        var listed = JsonDocument.Parse(await NpmClient.RunAsync(hub.Server.Url, "download", Repo, back.Path));

        AssertSame(files.Path, back.Path);
        Assert.That(
            listed.RootElement.EnumerateArray().Select(e => $"{e.GetProperty("path")} {e.GetProperty("size")}"),
            Is.EquivalentTo(NamesIn(files.Path).Select(
                name => $"{name} {new FileInfo(Path.Combine(files.Path, name)).Length}")));
        Assert.That(hub.Server.Counts[RequestKind.List].Requests, Is.EqualTo((TinyFiles + 8 + 39) / 40), "pages");
        Assert.That(hub.Server.Counts[RequestKind.Commit].Requests, Is.EqualTo(2), "batches");
        await AssertReadByUsAsync(hub, files.Path);
    }

    [Test]
    public async Task SameBytesAgain_SendNoXorb([Values] bool isKeyed)
    {
        await using var hub = await TestHub.StartAsync(
            options => options with { DedupKey = isKeyed ? new MerkleHash(1, 2, 3, 4) : MerkleHash.Zero });
        using var files = new TemporaryDirectory();
        using var back = new TemporaryDirectory();
        File.WriteAllBytes(files["r"], RandomBytes.Of(3 << 20, 1));
        File.WriteAllBytes(files["s"], RandomBytes.Of(300_000, 2));

        await NpmClient.RunAsync(hub.Server.Url, "upload", Repo, files.Path);
        var sent = hub.Server.Counts[RequestKind.Xorb].Requests;
        await NpmClient.RunAsync(hub.Server.Url, "upload", Repo, files.Path, "again/");
        await NpmClient.RunAsync(hub.Server.Url, "download", Repo, back.Path);

        Assert.That(sent, Is.Positive);
        Assert.That(hub.Server.Counts[RequestKind.Xorb].Requests, Is.EqualTo(sent));
        AssertSame(files.Path, back["again"]);
    }

    [Test]
    public async Task Edits_OfAFile_GiveTheEditedBytes()
    {
        await using var hub = await TestHub.StartAsync();
        using var files = new TemporaryDirectory();
        using var back = new TemporaryDirectory();
        var bytes = new SplitMix64(7).Bytes(8 << 20);
        File.WriteAllBytes(files["big"], bytes);
        await NpmClient.RunAsync(hub.Server.Url, "upload", Repo, files.Path);
        var whole = hub.Server.Counts[RequestKind.Xorb].BytesIn;
        var text = new string('e', 1000);
        (int Start, int End)[][] edits =
            [[(4_000_000, 4_001_000)], [(8 << 20, 8 << 20)], [(100, 1100), (6_000_000, 6_000_500)], [(0, 0)]];

        foreach (var edit in edits)
        {
            var list = edit.Select(e => new object[] { e.Start, e.End, text });
            await NpmClient.RunAsync(hub.Server.Url, "edit", Repo, "big", JsonSerializer.Serialize(list));
            foreach (var (start, end) in edit.Reverse())
            {
                bytes = [.. bytes[..start], .. text.Select(c => (byte)c), .. bytes[end..]];
            }
        }

        await NpmClient.RunAsync(hub.Server.Url, "download", Repo, back.Path);
        Assert.That(File.ReadAllBytes(back["big"]).AsSpan().SequenceEqual(bytes), Is.True);
        Assert.That(
            hub.Server.Counts[RequestKind.Xorb].BytesIn - whole, Is.LessThan(whole), "less than a file");
        File.WriteAllBytes(files["big"], bytes);
        await AssertReadByUsAsync(hub, files.Path);
    }

    [Test]
    public async Task ContentThatWeStored_IsReadByIt()
    {
        await using var hub = await TestHub.StartAsync();
        using var files = new TemporaryDirectory();
        using var back = new TemporaryDirectory();
        WriteFiles(files.Path);
        await hub.StopAsync();
        var lines = new List<string>();
        await using (var store = OpenStore(hub))
        {
            foreach (var path in NamesIn(files.Path))
            {
                var content = await store.PutAsync(File.ReadAllBytes(Path.Combine(files.Path, path)));
                lines.Add(JsonSerializer.Serialize(new { type = "addFile", path, xetHash = content.Hash.ToString() }));
            }
        }

        await hub.RestartAsync();
        await hub.BatchAsync([.. lines]);
        await NpmClient.RunAsync(hub.Server.Url, "download", Repo, back.Path);

        AssertSame(files.Path, back.Path);
    }

    [Test]
    public async Task Names_AreCopiedListedAndDeleted()
    {
        await using var hub = await TestHub.StartAsync();
        using var files = new TemporaryDirectory();
        File.WriteAllText(files["a"], "a");
        File.WriteAllText(files["ü b"], "b");
        await NpmClient.RunAsync(hub.Server.Url, "upload", Repo, files.Path);

        var seen = await NpmClient.RunAsync(hub.Server.Url, "names", Repo);

        Assert.That(JsonElement.DeepEquals(
            JsonDocument.Parse(seen).RootElement,
            JsonDocument.Parse(
                """
                {
                  "flat": ["file a", "directory dir", "file ü b"],
                  "info": ["a", "dir/copy"],
                  "exists": [false, true],
                  "missing": null,
                  "there": false
                }
                """).RootElement), Is.True, seen);
    }

    [TestCase("u/m")]
    [TestCase("datasets/u/d")]
    public async Task Repository_TakesLargeAndSmallFiles(string repo)
    {
        await using var hub = await TestHub.StartAsync();
        using var files = new TemporaryDirectory();
        using var back = new TemporaryDirectory();
        File.WriteAllText(files["README.md"], "# hello\n");
        File.WriteAllBytes(files["w.bin"], RandomBytes.Of(400_000, 3));

        await NpmClient.RunAsync(hub.Server.Url, "upload", repo, files.Path);
        await NpmClient.RunAsync(hub.Server.Url, "upload", repo, files.Path, "again/");
        await NpmClient.RunAsync(hub.Server.Url, "download", repo, back.Path);

        AssertSame(files.Path, back["again"]);
        Directory.Delete(back["again"], recursive: true);
        AssertSame(files.Path, back.Path);
        Assert.That(hub.Server.Counts[RequestKind.Xorb].Requests, Is.EqualTo(1), "the second time it is known");
    }

    [TestCase(403)]
    [TestCase(429)]
    [TestCase(500)]
    public async Task Download_ThroughAFailedFetch_IsWhole(int status)
    {
        await using var hub = await TestHub.StartAsync();
        using var files = new TemporaryDirectory();
        using var back = new TemporaryDirectory();
        File.WriteAllBytes(files["r"], RandomBytes.Of(2 << 20, 4));
        await NpmClient.RunAsync(hub.Server.Url, "upload", Repo, files.Path);
        using var fault = hub.Server.Faults.Add(new Fault { Kinds = [RequestKind.Fetch], Status = status, Times = 1 });

        await NpmClient.RunAsync(hub.Server.Url, "download", Repo, back.Path);

        Assert.That(fault.Hits, Is.EqualTo(1));
        AssertSame(files.Path, back.Path);
    }

    [Test]
    public async Task Command_UploadsADirectoryToANewBucket()
    {
        await using var hub = await TestHub.StartAsync();
        using var files = new TemporaryDirectory();
        using var back = new TemporaryDirectory();
        File.WriteAllBytes(files["r"], RandomBytes.Of(100_000, 5));

        var outcome = await NpmClient.RunCommandAsync(hub.Server.Url, "upload", "buckets/u/new", files.Path);
        await NpmClient.RunAsync(hub.Server.Url, "download", "buckets/u/new", back.Path);

        Assert.That(outcome.ExitCode, Is.Zero, outcome.Output + outcome.Error);
        AssertSame(files.Path, back.Path);
    }

    private static void WriteFiles(string directory)
    {
        var files = new Dictionary<string, byte[]>
        {
            ["empty"] = [],
            ["one"] = [1],
            ["min-chunk"] = RandomBytes.Of(8192, 10),
            ["dir/text"] = NpmUpload.Text.Content,
            ["dir/deep/zeros"] = new byte[4 << 20],
            ["dir/deep/repeat"] = NpmUpload.Repeat.Content,
            ["dir/ünicode name"] = RandomBytes.Of(200_000, 11),

            // Of random bytes this client cuts some chunks where no other one does.
            ["random"] = RandomBytes.Of(8 << 20, 12),
        };
        for (var i = 0; i < TinyFiles; i++)
        {
            files[$"tiny/{i % 7}/{i}"] = RandomBytes.Of(1 + (i * 13), 100 + i);
        }

        foreach (var (name, bytes) in files)
        {
            var path = Path.Combine(directory, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, bytes);
        }
    }

    private static LocalStore OpenStore(TestHub hub)
    {
        var directory = Path.Combine(hub.Data, "content");
        return LocalStore.Open("file://" + directory, directory, null, TimeProvider.System, NullLoggerFactory.Instance);
    }

    /// <summary>Reads the bucket's files with our own reader, once the hub has let go of its store.</summary>
    private static async Task AssertReadByUsAsync(TestHub hub, string directory)
    {
        var entries = await hub.JsonAsync(
            HttpMethod.Post, $"/api/buckets/{TestHub.Bucket}/paths-info",
            JsonSerializer.Serialize(new { paths = NamesIn(directory) }));
        Assert.That(entries.GetArrayLength(), Is.EqualTo(NamesIn(directory).Count));
        await hub.StopAsync();
        await using var store = OpenStore(hub);
        foreach (var entry in entries.EnumerateArray())
        {
            Assert.That(MerkleHash.TryParse(entry.GetProperty("xetHash").GetString()!, out var hash), Is.True);
            var bytes = new byte[entry.GetProperty("size").GetInt32()];
            var read = await store.Content.ReadAsync(new ContentId(hash, (ulong)bytes.Length), 0, bytes, default);
            Assert.That(read.IsOk, Is.True, read.Detail);
            var name = entry.GetProperty("path").GetString()!;
            Assert.That(bytes.AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(directory, name))), Is.True, name);
        }
    }

    private static void AssertSame(string expected, string actual)
    {
        Assert.That(NamesIn(actual), Is.EqualTo(NamesIn(expected)));
        foreach (var name in NamesIn(expected))
        {
            Assert.That(
                File.ReadAllBytes(Path.Combine(actual, name)).AsSpan()
                    .SequenceEqual(File.ReadAllBytes(Path.Combine(expected, name))),
                Is.True, name);
        }
    }

    private static List<string> NamesIn(string directory) =>
        [.. Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(directory, path)).Order(StringComparer.Ordinal)];
}
