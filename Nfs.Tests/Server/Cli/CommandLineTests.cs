using System.Net;
using System.Net.Sockets;
using Nfs.Server.Cli;
using Nfs.Tests.Fixtures;
using NUnit.Framework;

namespace Nfs.Tests.Server.Cli;

// If these fail, a wrong command leaves a trace on the disk, a stack on the terminal, or the wrong exit code.
public sealed class CommandLineTests
{
    private const string TwoErrors =
        "{\"stores\": {\"main\": \"file:///d\"},\n\"exports\": [{\n\"path\": \"/a\",\n\n\"squash\": 1,\n"
        + "\"colour\": 2\n}]}\n";

    private TemporaryDirectory _temp = null!;
    private StringWriter _output = null!;
    private StringWriter _error = null!;

    [SetUp]
    public void SetUp()
    {
        _temp = new TemporaryDirectory();
        _output = new StringWriter();
        _error = new StringWriter();
    }

    [TearDown]
    public void TearDown() => _temp.Dispose();

    [TestCase("")]
    [TestCase("bogus")]
    [TestCase("serve --bogus")]
    [TestCase("serve extra --state STATE --store file:///x")]
    [TestCase("serve --store file:///x")]
    [TestCase("serve --state STATE")]
    [TestCase("serve --state STATE --store file:///x --listen 0.0.0.0:2049")]
    [TestCase("serve --state STATE --state STATE --store file:///x")]
    [TestCase("serve --state STATE/none/such --store file:///x")]
    [TestCase("status")]
    [TestCase("status --state STATE")]
    [TestCase("sync --state STATE a b")]
    [TestCase("sync --state STATE @file")]
    [TestCase("evict --state STATE ..")]
    [TestCase("config")]
    [TestCase("config check")]
    [TestCase("config check STATE")]
    [TestCase("serve --state STATE --config STATE")]
    public async Task Wrong_OneSentenceAndExitCode1(string line)
    {
        var code = await RunAsync(line);

        Assert.That(code, Is.EqualTo(1));
        Assert.That(_output.ToString(), Is.Empty);
        Assert.That(_error.ToString(), Does.Match("^nfsgw: [^\n]+\\.\n$"));
        Assert.That(Directory.EnumerateFileSystemEntries(_temp.Path), Is.Empty);
    }

    [TestCase("--listen")]
    [TestCase("--admin")]
    public async Task PortInUse_IsRefusedBeforeAnythingIsWritten(string flag)
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var free = flag == "--listen" ? "--admin off" : "--listen 127.0.0.1:0";

        var code = await RunAsync(
            $"serve --state STATE --store file://{_temp["store"]} {free} {flag} {other.LocalEndpoint}");

        Assert.That(code, Is.EqualTo(1));
        Assert.That(
            _error.ToString(), Does.Contain("in use").And.Contain(flag).And.Contain(other.LocalEndpoint.ToString()));
        Assert.That(Directory.EnumerateFileSystemEntries(_temp.Path), Is.Empty);
    }

    [TestCase("status")]
    [TestCase("sync")]
    [TestCase("evict")]
    public async Task NoGatewayRuns_OneSentence(string command)
    {
        Directory.CreateDirectory(_temp["state"]);

        var code = await RunAsync($"{command} --state STATE");

        Assert.That(code, Is.EqualTo(1));
        Assert.That(_error.ToString(), Does.Contain("No gateway runs on the state directory " + _temp["state"]));
    }

    [Test]
    public async Task Version_IsPrinted()
    {
        Assert.That(await RunAsync("version"), Is.Zero);
        Assert.That(_output.ToString(), Does.Match("^nfsgw \\d+\\.\\d+\\.\\d+\n$"));
    }

    [Test]
    public async Task Help_OfServe_TellsEveryFlagWithDefaultAndVariable()
    {
        Assert.That(await RunAsync("serve --help"), Is.Zero);

        var help = _output.ToString();
        foreach (var flag in Flags.OfServe)
        {
            Assert.That(help, Does.Match($"{flag.Name} <.*{flag.EnvironmentVariable}"));
            Assert.That(help, Does.Contain(flag.Standard is null ? "required" : "default: " + flag.Standard));
        }
    }

    [TestCase("")]
    [TestCase("serve")]
    [TestCase("status")]
    [TestCase("sync")]
    [TestCase("evict")]
    [TestCase("config")]
    public async Task Help_HasAnExample(string command)
    {
        Assert.That(await RunAsync($"{command} --help"), Is.Zero);
        Assert.That(_output.ToString(), Does.Match($"Examples:\n  nfsgw {command}"));
    }

    [Test]
    public void Readme_TableTellsEveryFlag()
    {
        var readme = File.ReadAllText(Path.Combine(RepositoryRoot(), "README.md"));

        foreach (var flag in (Flag[])[.. Flags.OfServe, Flags.Json, Flags.Keep, Flags.DryRun])
        {
            var standard = flag.Standard is null ? "required" : $"`{flag.Standard}`";
            Assert.That(readme, Does.Contain($"| `{flag.Name}` | `{flag.EnvironmentVariable}` | {standard} |"));
        }
    }

    [Test]
    public async Task ConfigCheck_TellsWhatEachExportOfTheReadmesExampleWouldBe()
    {
        var readme = File.ReadAllText(Path.Combine(RepositoryRoot(), "README.md"));
        var start = readme.IndexOf("```jsonc\n", StringComparison.Ordinal) + "```jsonc\n".Length;
        WriteConfig(readme[start..readme.IndexOf("```", start, StringComparison.Ordinal)]);

        Assert.That(await RunAsync("config check STATE"), Is.Zero, _error.ToString());

        Assert.That(_output.ToString(), Does.Match("^/projects\n  store +projects, file:///srv/projects\n"));
        Assert.That(_output.ToString(), Does.Contain("\n/films\n").And.Contain("read-only"));
    }

    [Test]
    public async Task ConfigCheck_PrintsEveryErrorWithItsLine()
    {
        WriteConfig(TwoErrors);

        Assert.That(await RunAsync("config check STATE"), Is.EqualTo(1));

        Assert.That(_output.ToString(), Is.Empty);
        var lines = _error.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.That(lines, Has.Length.EqualTo(2));
        Assert.That(lines[0], Does.StartWith(_temp["state"] + ":5: squash takes none, remote-root, root or all"));
        Assert.That(lines[1], Does.StartWith(_temp["state"] + ":6: colour is not a key here"));
    }

    [Test]
    public async Task ServeWithABadConfiguration_IsOneSentence()
    {
        WriteConfig(TwoErrors);

        Assert.That(await RunAsync("serve --state STATE.dir --config STATE"), Is.EqualTo(1));

        Assert.That(_error.ToString(), Does.Match("^nfsgw: [^\n]+:5: squash [^\n]+ 1 more[^\n]+\n$"));
        Assert.That(Directory.Exists(_temp["state.dir"]), Is.False);
    }

    private static string RepositoryRoot()
    {
        var directory = TestContext.CurrentContext.TestDirectory;
        while (!File.Exists(Path.Combine(directory, "NfsGateway.sln")))
        {
            directory = Path.GetDirectoryName(directory)!;
        }

        return directory;
    }

    private void WriteConfig(string text)
    {
        File.WriteAllText(_temp["state"], text);
        File.SetUnixFileMode(_temp["state"], UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    private Task<int> RunAsync(string line)
    {
        var arguments = line.Replace("STATE", _temp["state"], StringComparison.Ordinal)
            .Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return new CommandLine(_ => null, _output, _error, () => Stream.Null, TimeProvider.System).RunAsync(arguments);
    }
}
