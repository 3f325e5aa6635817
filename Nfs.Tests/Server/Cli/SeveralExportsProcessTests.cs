using System.Globalization;
using System.Text.Json;
using Nfs.Server.Nfs3;
using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Vfs.Core;

namespace Nfs.Tests.Server.Cli;

// If these fail, an edit of the configuration breaks the mounts of clients, or loses what they wrote.
public sealed class SeveralExportsProcessTests
{
    private const string Projects = "{\"path\": \"/projects\", \"store\": \"a\"},";
    private const string Films = "{\"path\": \"/films\", \"store\": \"b\", \"subtree\": \"/media/films\"},";
    private const string Media = "{\"path\": \"/media\", \"store\": \"b\"},";

    private TemporaryDirectory _temp = null!;

    [SetUp]
    public void SetUp()
    {
        _temp = new TemporaryDirectory();
        Directory.CreateDirectory(_temp["a"]);
        Directory.CreateDirectory(_temp["b"]);
    }

    [TearDown]
    public void TearDown() => _temp.Dispose();

    [Test]
    [Covers("N-59", "N-62", "N-63", "N-77", "N-79")]
    public async Task MountsOutliveAnEditOfTheFile_AndARemovedExportIsStale()
    {
        byte[] projects, films;
        using (var gateway = Serve(Projects + Films))
        {
            var port = gateway.WaitUntilReady();
            projects = await WriteAsync(port, "/projects", "plan", [1, 2, 3]);
            films = await WriteAsync(port, "/films", "film", [4, 5]);
            Assert.That(projects, Is.Not.EqualTo(films));
            gateway.Signal("KILL");
            gateway.WaitForExit();
        }

        using (var gateway = Serve(Media + Films + Projects))
        {
            var port = gateway.WaitUntilReady();
            await using var mount = await NfsMount.StartAsync(port, path: "/films");
            Assert.That(await mount.ReadAsync(films, 0, 10), Is.EqualTo(new byte[] { 4, 5 }));
            Assert.That(await mount.ReadAsync(projects, 0, 10), Is.EqualTo(new byte[] { 1, 2, 3 }));
            Assert.That((await mount.ListAsync(mount.Root)).Keys, Is.EqualTo(new[] { "film" }));
            Assert.That(await FsidAsync(mount, films), Is.Not.EqualTo(await FsidAsync(mount, projects)));

            await using var all = await NfsMount.StartAsync(port, path: "/media");
            Assert.That((await all.ListAsync(all.Root)).Keys, Is.EqualTo(new[] { "media" }));
            Stop(gateway);
        }

        using (var gateway = Serve(Films))
        {
            var port = gateway.WaitUntilReady();
            await using var mount = await NfsMount.StartAsync(port, path: "/films");
            Assert.That((await mount.GetattrAsync(projects)).Status, Is.EqualTo(NfsStat3.NFS3ERR_STALE));
            Assert.That(await mount.ReadAsync(films, 0, 10), Is.EqualTo(new byte[] { 4, 5 }));
            Stop(gateway);
        }

        using (var gateway = Serve(Projects + Films))
        {
            await using var mount = await NfsMount.StartAsync(gateway.WaitUntilReady(), path: "/projects");
            Assert.That(await mount.ReadAsync(projects, 0, 10), Is.EqualTo(new byte[] { 1, 2, 3 }), "it came back");
            Stop(gateway);
        }
    }

    [Test]
    public async Task OperatorsNameFilesAsClientsSeeThem()
    {
        using var gateway = Serve(Projects + Films);
        var port = gateway.WaitUntilReady();
        await WriteAsync(port, "/projects", "plan", [1, 2, 3]);
        await WriteAsync(port, "/films", "film", [4, 5]);

        Assert.That(Paths(Run("sync")), Is.EquivalentTo(new[] { "projects/plan\t3", "films/film\t2" }));
        Assert.That(Paths(Run("sync", "/films/film")), Is.EqualTo(new[] { "films/film\t2" }));
        Assert.That(Run("evict", "/projects"), Does.StartWith("3 bytes"));
        Assert.That(Run("evict", "/films/film"), Does.StartWith("2 bytes"));
        Assert.That(
            GatewayProcess.Run("sync", "--state", _temp["state"], "/plan").Error, Does.Contain("no such path"));

        using var status = JsonDocument.Parse(Run("status", "--json"));
        var exports = status.RootElement.GetProperty("exports").EnumerateArray().ToArray();
        Assert.That(
            exports.Select(export => export.GetProperty("path").GetString()),
            Is.EqualTo(new[] { "/projects", "/films" }));
        Assert.That(exports[1].GetProperty("subtree").GetString(), Is.EqualTo("/media/films"));
        Stop(gateway);
    }

    [Test]
    public async Task AStateMadeWithFlags_GoesOnAsTheStoreDefault()
    {
        byte[] file;
        using (var gateway = GatewayProcess.Start(
            "serve", "--state", _temp["state"], "--store", "file://" + _temp["a"], "--listen", "127.0.0.1:0", "--admin",
            "off", "--flush-debounce", "1h", "--flush-max-age", "1h"))
        {
            file = await WriteAsync(gateway.WaitUntilReady(), "/", "unsent", [7]);
            Stop(gateway);
        }

        using (var refused = Serve(Projects))
        {
            Assert.That(refused.WaitForExit(), Is.EqualTo(1), "what was not sent is not left behind");
            Assert.That(refused.Error, Does.Contain("default"));
        }

        using (var gateway = Serve("{\"path\": \"/all\", \"store\": \"default\"}", "default"))
        {
            await using var mount = await NfsMount.StartAsync(gateway.WaitUntilReady(), path: "/all");
            Assert.That(await mount.ReadAsync(file, 0, 10), Is.EqualTo(new byte[] { 7 }));
            Stop(gateway);
        }
    }

    [Test]
    [Covers("N-67")]
    public void NothingListensButTheOnePort()
    {
        using var gateway = Serve(Projects);
        var port = gateway.WaitUntilReady();
        var sockets = Directory.EnumerateFiles($"/proc/{gateway.Id}/fd")
            .Select(link => File.ResolveLinkTarget(link, returnFinalTarget: false)?.Name ?? "")
            .Where(name => name.StartsWith("socket:[", StringComparison.Ordinal))
            .Select(name => name["socket:[".Length..^1]).ToHashSet();

        var open =
            from table in new[] { "tcp", "tcp6", "udp", "udp6" }
            from line in File.ReadLines($"/proc/{gateway.Id}/net/{table}").Skip(1)
            let fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            where sockets.Contains(fields[9])
            select $"{table} {int.Parse(fields[1][^4..], NumberStyles.HexNumber, CultureInfo.InvariantCulture)}";

        Assert.That(open, Is.EqualTo(new[] { $"tcp {port}" }), "no portmapper and no UDP");
        Stop(gateway);
    }

    private static async Task<byte[]> WriteAsync(int port, string path, string name, byte[] bytes)
    {
        await using var mount = await NfsMount.StartAsync(port, path: path);
        var made = await mount.CreateAsync(mount.Root, name, CreateMode.Unchecked);
        await mount.WriteAsync(made.Handle, 0, bytes, Stability.FileSync);
        return made.Handle;
    }

    private static async Task<ulong> FsidAsync(NfsMount mount, byte[] handle) =>
        (await mount.GetattrAsync(handle)).Attributes!.Fsid;

    private static IEnumerable<string> Paths(string lines) =>
        lines.Split('\n').Select(line => line[..line.LastIndexOf('\t')]);

    private static void Stop(GatewayProcess gateway)
    {
        gateway.Signal("TERM");
        Assert.That(gateway.WaitForExit(), Is.Zero, gateway.Error);
    }

    private string Run(string command, params string[] arguments)
    {
        var (code, output, error) = GatewayProcess.Run([command, "--state", _temp["state"], .. arguments]);
        Assert.That(code, Is.Zero, error);
        return output;
    }

    /// <summary>Serves these exports; the first store is named as given.</summary>
    private GatewayProcess Serve(string exports, string first = "a")
    {
        var stores = new[] { (Name: first, Path: "a"), (Name: "b", Path: "b") }
            .Where(store => exports.Contains($"\"store\": \"{store.Name}\"", StringComparison.Ordinal))
            .Select(store => $"\"{store.Name}\": \"file://{_temp[store.Path]}\",");
        File.WriteAllText(
            _temp["nfsgw.json"], $"{{\"stores\": {{{string.Concat(stores)}}}, \"exports\": [{exports}]}}");
        return GatewayProcess.Start(
            "serve", "--state", _temp["state"], "--config", _temp["nfsgw.json"], "--listen", "127.0.0.1:0", "--admin",
            "off");
    }
}
