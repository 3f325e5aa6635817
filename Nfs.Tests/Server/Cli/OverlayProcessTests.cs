using System.Text;
using System.Text.Json;
using Cas.Client;
using Nfs.Server.Nfs3;
using Nfs.Tests.Fixtures;
using Nfs.Tests.Hub;
using NUnit.Framework;
using Vfs.Core;

namespace Nfs.Tests.Server.Cli;

// The real program with --overlay, killed as a machine would. If these fail, people lose what they changed in an overlay,
// or a store changes that was to stay as it is.
public sealed class OverlayProcessTests
{
    private static readonly byte[] s_large = RandomBytes.Of(500_000, 7);

    private TemporaryDirectory _temp = null!;
    private StoreDirectory _store = null!;

    [SetUp]
    public void SetUp()
    {
        _temp = new TemporaryDirectory();
        _store = new StoreDirectory();
    }

    [TearDown]
    public void TearDown()
    {
        _store.Dispose();
        _temp.Dispose();
    }

    [Test]
    [Covers("EC-219")]
    public async Task OverAStoreThatCouldBeWritten_AllIsChangedHere_AndTheStoreStaysAsItWas()
    {
        using (var filling = Serve(_temp["other"], _store.Url))
        {
            await using var mount = await NfsMount.StartAsync(filling.WaitUntilReady());
            await FillAsync(mount);
            Stop(filling, _temp["other"], "in the store.");
        }

        var stored = await StoredAsync();

        using (var overlay = Serve(_temp["state"], _store.Url, "--overlay"))
        {
            await using var mount = await NfsMount.StartAsync(overlay.WaitUntilReady());
            await ChangeAsync(mount);
            Kill(overlay);
        }

        using (var overlay = Serve(_temp["state"], _store.Url, "--overlay"))
        {
            await using var mount = await NfsMount.StartAsync(overlay.WaitUntilReady());
            await AssertChangedAsync(mount);
            AssertNothingWaits();
            Stop(overlay, _temp["state"], $"but what is kept in {_temp["state"]} alone (");
        }

        Assert.That(await StoredAsync(), Is.EqualTo(stored));
        AssertRefused(Serve(_temp["state"], _store.Url), "is an overlay");
        AssertRefused(Serve(_temp["other"], _store.Url, "--overlay"), "cannot become an overlay");
    }

    [Test]
    [Covers("EC-219")]
    public async Task OverARepository_WhichTakesNoChange_AllMayBeChanged()
    {
        await using var hub = await TestHub.StartAsync();
        await hub.JsonAsync(HttpMethod.Post, "/api/repos/create", """{"name":"m","organization":"u","type":"model"}""");
        var lines = new[] { ("large", s_large), ("removed", [3]), ("d/a", [4, 4]), ("d/b", [5]) }.Select(Line);
        await hub.OkAsync(
            HttpMethod.Post, "/api/models/u/m/commit/main", Encoding.UTF8.GetBytes(string.Join('\n', lines)));
        string[] flags = ["--hub-endpoint", hub.Server.Url];

        using (var plain = Serve(_temp["plain"], "hf://u/m", flags))
        {
            await using var mount = await NfsMount.StartAsync(plain.WaitUntilReady());
            Assert.That(await mount.RemoveAsync(mount.Root, "removed"), Is.EqualTo(NfsStat3.NFS3ERR_ROFS));
        }

        flags = [.. flags, "--overlay"];
        using (var overlay = Serve(_temp["state"], "hf://u/m", flags))
        {
            await using var mount = await NfsMount.StartAsync(overlay.WaitUntilReady());
            await ChangeAsync(mount);
            Kill(overlay);
        }

        using (var overlay = Serve(_temp["state"], "hf://u/m", flags))
        {
            await using var mount = await NfsMount.StartAsync(overlay.WaitUntilReady());
            await AssertChangedAsync(mount);
            AssertNothingWaits();
            Stop(overlay, _temp["state"], "alone (");
        }

        await using var store = await hub.OpenStoreAsync("hf://u/m");
        var all = await store.Tree.ListAsync(default, true, default, 100, default);
        Assert.That(
            all.Value.Where(item => item.Entry.Kind == TreeEntryKind.File).Select(
                item => (Encoding.UTF8.GetString(item.Path.Span), item.Entry.Content.Size)),
            Is.EqualTo(new[] { ("d/a", 2UL), ("d/b", 1UL), ("large", (ulong)s_large.Length), ("removed", 1UL) }));
    }

    [Test]
    public async Task AStore_IsUsedByOneGatewayAtATime_AndTheOtherIsToldSo()
    {
        using var first = Serve(_temp["state"], _store.Url);
        await using var mount = await NfsMount.StartAsync(first.WaitUntilReady());

        using var second = Serve(_temp["other"], _store.Url, "--overlay");

        Assert.That(second.WaitForExit(), Is.EqualTo(2));
        Assert.That(second.Error, Does.Contain($"in use by process {first.Id}").And.Not.Contain("\n"));
        Assert.That(Directory.Exists(_temp["other"]), Is.False, "nothing is made");
        await mount.CreateAsync(mount.Root, "f", CreateMode.Guarded);
    }

    private static string Line((string Path, byte[] Bytes) file) => JsonSerializer.Serialize(new
    {
        key = "file",
        value = new { path = file.Path, content = Convert.ToBase64String(file.Bytes), encoding = "base64" },
    });

    private static async Task FillAsync(NfsMount mount)
    {
        await WriteAsync(mount, mount.Root, "large", s_large);
        await WriteAsync(mount, mount.Root, "removed", [3]);
        var directory = (await mount.MkdirAsync(mount.Root, "d")).Handle;
        await WriteAsync(mount, directory, "a", [4, 4]);
        await WriteAsync(mount, directory, "b", [5]);
    }

    private static async Task ChangeAsync(NfsMount mount)
    {
        var root = await mount.ListAsync(mount.Root);
        await mount.WriteAsync(root["large"].Handle, 250_000, new byte[] { 1, 2, 3 }, Stability.FileSync);
        Assert.That(await mount.RemoveAsync(mount.Root, "removed"), Is.EqualTo(NfsStat3.NFS3_OK));
        var directory = root["d"].Handle;
        await mount.RenameAsync(mount.Root, "d", mount.Root, "e");
        await mount.RenameAsync(directory, "b", mount.Root, "b2");
        await mount.SetattrAsync((await mount.ListAsync(directory))["a"].Handle, mode: 0x180, size: 1);
        await WriteAsync(mount, directory, "new", [6, 6]);
    }

    private static async Task AssertChangedAsync(NfsMount mount)
    {
        byte[] large = [.. s_large[..250_000], 1, 2, 3, .. s_large[250_003..]];
        var root = await mount.ListAsync(mount.Root);
        Assert.That(root.Keys, Is.EquivalentTo(new[] { "large", "e", "b2" }));
        Assert.That(await mount.ReadAsync(root["large"].Handle, 0, large.Length + 1), Is.EqualTo(large));
        Assert.That(await mount.ReadAsync(root["b2"].Handle, 0, 9), Is.EqualTo(new byte[] { 5 }));
        var moved = await mount.ListAsync(root["e"].Handle);
        Assert.That(moved.Keys, Is.EquivalentTo(new[] { "a", "new" }));
        Assert.That(await mount.ReadAsync(moved["a"].Handle, 0, 9), Is.EqualTo(new byte[] { 4 }));
        Assert.That(moved["a"].Attributes.Mode, Is.EqualTo(0x180u));
        Assert.That(await mount.ReadAsync(moved["new"].Handle, 0, 9), Is.EqualTo(new byte[] { 6, 6 }));
    }

    private static async Task WriteAsync(NfsMount mount, byte[] directory, string name, byte[] bytes)
    {
        var made = await mount.CreateAsync(directory, name, CreateMode.Unchecked);
        await mount.WriteAsync(made.Handle, 0, bytes, Stability.FileSync);
    }

    private static GatewayProcess Serve(string state, string store, params string[] flags) => GatewayProcess.Start(
        [
            "serve", "--state", state, "--store", store, "--listen", "127.0.0.1:0", "--admin", "off", "--squash",
            "none", "--flush-debounce", "10ms", .. flags,
        ]);

    private static void Kill(GatewayProcess gateway)
    {
        gateway.Signal("KILL");
        gateway.WaitForExit();
    }

    private static void AssertRefused(GatewayProcess gateway, string why)
    {
        using (gateway)
        {
            Assert.That(gateway.WaitForExit(), Is.EqualTo(1));
            Assert.That(gateway.Error, Does.Contain(why));
        }
    }

    private static void Stop(GatewayProcess gateway, string state, string lastWords)
    {
        Assert.That(GatewayProcess.Run("sync", "--state", state).ExitCode, Is.Zero);
        gateway.Signal("TERM");
        Assert.That(gateway.WaitForExit(), Is.Zero, gateway.Error);
        Assert.That(gateway.Output, Does.Contain(lastWords));
    }

    private void AssertNothingWaits()
    {
        var (code, output, error) = GatewayProcess.Run("status", "--json", "--state", _temp["state"]);
        Assert.That(code, Is.Zero, error);
        using var json = JsonDocument.Parse(output);
        var status = json.RootElement;
        Assert.That(status.GetProperty("dirty_bytes").GetUInt64(), Is.Zero);
        Assert.That(status.GetProperty("queue").GetInt32(), Is.Zero);
        Assert.That(status.GetProperty("oldest_dirty_seconds").ValueKind, Is.EqualTo(JsonValueKind.Null));
        Assert.That(status.GetProperty("local_bytes").GetUInt64(), Is.EqualTo(5UL));
        Assert.That(status.GetProperty("exports")[0].GetProperty("overlay").GetBoolean(), Is.True);
    }

    /// <summary>Every byte of content and every entry of the tree with its version.</summary>
    private async Task<List<string>> StoredAsync()
    {
        string[] places = [_store["xorbs"], _store["shards"]];
        var files = _store.Snapshot()
            .Where(file => Array.Exists(places, place => file.Key.StartsWith(place, StringComparison.Ordinal)))
            .Select(file => $"{file.Key} {file.Value}");
        await using var store = await _store.OpenAsync();
        var all = await store.Tree.ListAsync(default, true, default, 100, default);
        return [.. files, .. all.Value.Select(
            item => $"{Encoding.UTF8.GetString(item.Path.Span)} {item.Version} {item.Entry.Content} {item.Entry}")];
    }
}
