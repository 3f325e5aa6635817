using System.Globalization;
using System.Net.Sockets;
using System.Net;
using NUnit.Framework;
using Nfs.Tests.Fixtures;

namespace Nfs.Tests.EndToEnd;

/// <summary>
/// Mistakes at the command line: people get one clear sentence and an exit code that scripts can tell apart, and
/// nothing on their disk has changed.
/// </summary>
internal sealed class CommandLineTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private TemporaryDirectory _directory = null!;

    private string State => _directory["state"];

    private string StoreUrl => "file://" + _directory["store"];

    [SetUp]
    public void MakeDirectory()
    {
        _directory = new TemporaryDirectory();
        Directory.CreateDirectory(_directory["store"]);
    }

    [TearDown]
    public void RemoveDirectory() => _directory.Dispose();

    [TestCase("--listen", "here")]
    [TestCase("--listen", "127.0.0.1:99999")]
    [TestCase("--listen", "0.0.0.0:2049")]
    [TestCase("--export", "relative")]
    [TestCase("--squash", "some")]
    [TestCase("--anon-uid", "-1")]
    [TestCase("--cache-size", "lots")]
    [TestCase("--flush-debounce", "2 parsecs")]
    [TestCase("--admin", "127.0.0.1")]
    [TestCase("--log-level", "loud")]
    [TestCase("--log-format", "xml")]
    [TestCase("--store", "store")]
    public async Task BadValue_IsNamedAndRefused(string flag, string value)
    {
        string[] given = ["serve", "--state", State, .. flag == "--store" ? [] : (string[])["--store", StoreUrl]];

        var outcome = await RunAsync([.. given, flag, value]);

        ExpectRefusal(outcome, 1, flag);
    }

    [TestCase("serve --unknown", "--unknown")]
    [TestCase("serve --state", "--state")]
    [TestCase("unknown", "unknown")]
    public async Task BadSyntax_IsNamedAndRefused(string arguments, string named)
    {
        var outcome = await RunAsync(arguments.Split(' '));

        Assert.That(outcome.ExitCode, Is.EqualTo(1), outcome.Error);
        Assert.That(outcome.Error, Does.Contain(named));
    }

    [TestCase("--state")]
    [TestCase("--store")]
    public async Task MissingFlag_IsNamedAndRefused(string missing)
    {
        string[] others = missing == "--state" ? ["--store", StoreUrl] : ["--state", State];

        ExpectRefusal(await RunAsync(["serve", .. others]), 1, missing);
    }

    [Test]
    public async Task MissingStore_IsRefusedAsAStoreProblem()
    {
        var outcome = await RunAsync("serve", "--state", State, "--store", "file://" + _directory["nowhere"]);

        ExpectRefusal(outcome, 2, _directory["nowhere"]);
    }

    [Test]
    public async Task PortInUse_IsNamedAndRefused()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var address = $"127.0.0.1:{((IPEndPoint)other.LocalEndpoint).Port}";

        var outcome = await RunAsync(
            "serve", "--state", State, "--store", StoreUrl, "--listen", address, "--admin", "off");

        ExpectRefusal(outcome, 1, address);
    }

    [Test]
    public async Task AdminPortInUse_IsNamedAndRefused()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var address = $"127.0.0.1:{((IPEndPoint)other.LocalEndpoint).Port}";

        var outcome = await RunAsync(
            "serve", "--state", State, "--store", StoreUrl, "--admin", address,
            "--listen", $"127.0.0.1:{GatewayProcess.FreePort()}");

        ExpectRefusal(outcome, 1, address);
    }

    [Test]
    public async Task StateThatIsAFile_IsNamedAndRefused()
    {
        await File.WriteAllTextAsync(_directory["file"], "precious");

        var outcome = await RunAsync("serve", "--state", _directory["file"], "--store", StoreUrl);

        ExpectRefusal(outcome, 1, _directory["file"]);
        Assert.That(await File.ReadAllTextAsync(_directory["file"]), Is.EqualTo("precious"));
    }

    // Two gateways on one database would each undo what the other promised.
    [Test]
    public async Task SecondServe_OnAStateInUse_NamesTheOwner()
    {
        using var gateway = await GatewayProcess.StartAsync();

        var outcome = await RunAsync(
            "serve", "--state", gateway.State, "--store", "file://" + gateway.Store, "--admin", "off",
            "--listen", $"127.0.0.1:{GatewayProcess.FreePort()}");

        ExpectRefusal(outcome, 1, gateway.ProcessId.ToString(CultureInfo.InvariantCulture));
        Assert.That((await gateway.StatusAsync()).Ready, Is.True, "the first one goes on");
    }

    [TestCase("status")]
    [TestCase("sync")]
    [TestCase("evict")]
    public async Task Command_WithoutAGateway_SaysSoAndMakesNothing(string command)
    {
        var outcome = await RunAsync(command, "--state", State);

        ExpectRefusal(outcome, 1, State);
    }

    [TestCase("sync")]
    [TestCase("evict")]
    public async Task Command_ForAPathThatIsNot_SaysSo(string command)
    {
        using var gateway = await GatewayProcess.StartAsync();

        var outcome = await RunAsync(command, "--state", gateway.State, "no/such/file");

        ExpectRefusal(outcome, 1, "no such");
    }

    [Test]
    public async Task Status_OfAGateway_IsForPeopleAndForScripts()
    {
        using var gateway = await GatewayProcess.StartAsync();

        var forPeople = await RunAsync("status", "--state", gateway.State);

        Assert.That(forPeople.ExitCode, Is.Zero, forPeople.Error);
        Assert.That(forPeople.Output, Does.Contain("ready").And.Contain(gateway.Store));
        Assert.That((await gateway.StatusAsync()).Ready, Is.True);
    }

    [Test]
    public async Task Flags_FromTheEnvironment_AreTaken()
    {
        var outcome = await ChildProcess.RunAsync(
            Repository.Gateway, ["serve", "--state", State, "--store", StoreUrl], Deadline,
            new Dictionary<string, string> { ["NFSGW_SQUASH"] = "some" });

        ExpectRefusal(outcome, 1, "NFSGW_SQUASH");
    }

    // Scripts and service managers start a gateway where the last one ended.
    [Test]
    public async Task CleanStop_ThenServe_StartsAgain()
    {
        using var gateway = await GatewayProcess.StartAsync();

        await gateway.StopAsync();
        await gateway.StartAgainAsync();

        Assert.That((await gateway.StatusAsync()).Ready, Is.True);
    }

    // A new user copies the mount line from the terminal.
    [Test]
    public async Task Serve_AtItsStart_PrintsHowToMount()
    {
        using var gateway = await GatewayProcess.StartAsync();

        Assert.That(gateway.Log, Does.Match($"mount -t nfs .*vers=3.*port={gateway.Port}"));
        Assert.That(gateway.Log, Does.Contain("fstab"));
    }

    [TestCase("--help", "serve")]
    [TestCase("serve --help", "--flush-debounce")]
    [TestCase("version", "0.1.0")]
    public async Task Help_AndVersion_AreOnStandardOutput(string arguments, string expected)
    {
        var outcome = await RunAsync(arguments.Split(' '));

        Assert.That(outcome.ExitCode, Is.Zero, outcome.Error);
        Assert.That(outcome.Output, Does.Contain(expected));
    }

    private static Task<Outcome> RunAsync(params string[] arguments) =>
        ChildProcess.RunAsync(Repository.Gateway, arguments, Deadline);

    private void ExpectRefusal(Outcome outcome, int exitCode, string named)
    {
        Assert.That(outcome.ExitCode, Is.EqualTo(exitCode), outcome.Error);
        Assert.That(outcome.Error, Does.Contain(named));
        Assert.That(outcome.Error.Trim().Split('\n'), Has.Length.EqualTo(1), "one sentence");
        Assert.That(outcome.Error, Does.Not.Contain("   at "), "no stack trace");
        Assert.That(Directory.Exists(State), Is.False, "nothing is made");
        Assert.That(Directory.EnumerateFileSystemEntries(_directory["store"]), Is.Empty, "nothing is stored");
    }
}
