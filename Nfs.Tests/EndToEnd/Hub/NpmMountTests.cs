using System.Security.Cryptography;
using Cas.Client;
using Nfs.Tests.Fixtures;
using Nfs.Tests.Hub;
using NUnit.Framework;
using Vfs.Core;

namespace Nfs.Tests.EndToEnd.Hub;

// A mount and a client that nobody here wrote share a bucket. If these fail, what one of them writes or edits is
// something else for the other. NFSGW_HUB_FILES says how many files go each way; with 200 they are up to 200 MB long.
internal sealed class NpmMountTests
{
    private const string Repo = "buckets/" + TestHub.Bucket;

    // Edits by the npm client are of text, and few of many files show the same.
    private const int EditedFiles = 6;

    // In the last term of a file. Behind an edit in another one that client cuts anew to the end of the term, at 8,128 bytes
    // where nobody else cuts, and gives a hash that has the old cuts: every hub refuses it.
    private const int LastTermBytes = 1000;

    private static readonly int s_files = Setting.Of("NFSGW_HUB_FILES", 12);

    private TestHub _hub = null!;
    private TemporaryDirectory _theirs = null!;
    private TemporaryDirectory _ours = null!;
    private TemporaryDirectory _back = null!;

    [SetUp]
    public async Task SetUpAsync()
    {
        _hub = await TestHub.StartAsync();
        (_theirs, _ours, _back) = (new TemporaryDirectory(), new TemporaryDirectory(), new TemporaryDirectory());
    }

    [TearDown]
    public async Task TearDownAsync()
    {
        _theirs.Dispose();
        _ours.Dispose();
        _back.Dispose();
        await _hub.DisposeAsync();
    }

    [Test]
    public async Task Files_GoBothWays_AndAreEditedByEachInTurn()
    {
        var theirs = Write(_theirs, "t", 1000);
        var ours = Write(_ours, "o", 2000);
        await NpmClient.RunAsync(_hub.Server.Url, "upload", Repo, _theirs.Path);
        using var gateway = await StartAsync();

        // Theirs to us, and ours to them.
        await AssertMountHasAsync(gateway, theirs);
        foreach (var name in ours.Keys)
        {
            await Libnfs.CopyAsync(_ours[name], Libnfs.Url(gateway, "/" + name));
        }

        await gateway.SyncAsync();
        await AssertNpmHasAsync(theirs, ours);

        // They edit ours, and the mount follows.
        foreach (var name in ours.Keys.TakeLast(EditedFiles))
        {
            var bytes = await File.ReadAllBytesAsync(_ours[name]);
            var place = Math.Max(bytes.Length / 2, bytes.Length - LastTermBytes);
            await NpmClient.RunAsync(_hub.Server.Url, "edit", Repo, name, $"[[{place},{place},\"edited\"]]");
            await File.WriteAllBytesAsync(_ours[name], [.. bytes[..place], .. "edited"u8, .. bytes[place..]]);
            ours[name] = Sha256Of(_ours[name]);
            await Eventually.IsSoAsync(async () => await Libnfs.Sha256Async(gateway, "/" + name) == ours[name]);
        }

        // We edit theirs.
        await using var mount = await NfsMount.StartAsync(gateway.Port);
        var files = await mount.ListAsync(mount.Root);
        foreach (var name in theirs.Keys.TakeLast(EditedFiles))
        {
            var bytes = await File.ReadAllBytesAsync(_theirs[name]);
            var middle = bytes.Length / 2;
            "EDITED"u8.CopyTo(bytes.AsSpan(middle));
            await mount.WriteAsync(files[name].Handle, middle, bytes.AsMemory(middle, 6), Stability.FileSync);
            await File.WriteAllBytesAsync(_theirs[name], bytes);
            theirs[name] = Sha256Of(_theirs[name]);
        }

        await gateway.SyncAsync();
        await AssertNpmHasAsync(theirs, ours);

        // All of it is in the bucket, and nothing here alone.
        await gateway.StopAsync();
        gateway.DeleteState();
        await gateway.StartAgainAsync();
        await AssertMountHasAsync(gateway, theirs);
        await AssertMountHasAsync(gateway, ours);
    }

    [Test]
    public async Task EditOfAFileOfTheirs_ThatWasNeverReadHere_IsReadByThem()
    {
        // Of random bytes that client cuts some chunks where nobody else does.
        RandomFile.Write(_theirs["big"], 40 << 20, 5);
        await NpmClient.RunAsync(_hub.Server.Url, "upload", Repo, _theirs.Path);
        await using var store = await _hub.OpenStoreAsync();
        var found = (await store.Tree.LookupAsync("big"u8.ToArray(), default)).Value!;

        var edited = await store.Content.ComposeAsync(
            found.Entry.Content, [new Edit(20_000_000, 20_000_001, 0, 5)], new MemorySource("hello"u8.ToArray()), default);
        Assert.That(edited.IsOk, Is.True, edited.Detail);
        var change = new TreeChange(found.Path, found.Entry with { Content = edited.Value }, found.Version);
        Assert.That((await store.Tree.CommitAsync([change], default)).IsOk, Is.True);

        var bytes = await File.ReadAllBytesAsync(_theirs["big"]);
        await File.WriteAllBytesAsync(_theirs["big"], [.. bytes[..20_000_000], .. "hello"u8, .. bytes[20_000_001..]]);
        await AssertNpmHasAsync(new Dictionary<string, string> { ["big"] = Sha256Of(_theirs["big"]) });
    }

    /// <summary>Files of lengths from 0 on, more short ones than long ones, and their SHA-256 by name.</summary>
    private static Dictionary<string, string> Write(TemporaryDirectory directory, string prefix, int seed)
    {
        var longest = s_files >= 200 ? 200_000_000 : 2_000_000;
        return Enumerable.Range(0, s_files).ToDictionary(
            i => $"{prefix}{i}",
            i => RandomFile.Write(
                directory[$"{prefix}{i}"], i == 0 ? 0 : (long)Math.Pow(longest, Math.Pow((double)i / (s_files - 1), 2)),
                seed + i));
    }

    private static string Sha256Of(string path) =>
        Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)));

    private Task<GatewayProcess> StartAsync() => GatewayProcess.StartOnAsync(
        $"hf://buckets/{TestHub.Bucket}", "--hub-endpoint", _hub.Server.Url, "--flush-debounce", "50ms", "--poll", "1s");

    private static async Task AssertMountHasAsync(GatewayProcess gateway, Dictionary<string, string> files)
    {
        foreach (var (name, hash) in files)
        {
            Assert.That(await Libnfs.Sha256Async(gateway, "/" + name), Is.EqualTo(hash), name);
        }
    }

    private async Task AssertNpmHasAsync(params Dictionary<string, string>[] sets)
    {
        await NpmClient.RunAsync(_hub.Server.Url, "download", Repo, _back.Path);
        var files = sets.SelectMany(set => set).ToList();
        foreach (var (name, hash) in files)
        {
            Assert.That(Sha256Of(_back[name]), Is.EqualTo(hash), name);
        }

        Assert.That(Directory.GetFiles(_back.Path), Has.Length.EqualTo(files.Count));
    }
}
