using System.Net;
using Microsoft.Extensions.Logging;
using Nfs.Server.Cli;
using Nfs.Server.Cli.Config;
using Nfs.Server.Exports;
using Nfs.Server.Logging;
using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Vfs.Core;

namespace Nfs.Tests.Server.Cli;

// If these fail, a gateway runs with other settings than the ones it was given.
public sealed class ServeSettingsTests
{
    private static readonly string[] s_needed = ["--state", "/s", "--store", "file:///d"];

    private readonly Dictionary<string, string> _environment = [];

    [SetUp]
    public void SetUp() => _environment.Clear();

    [Test]
    public void Defaults()
    {
        var settings = From(s_needed);

        Assert.That(settings.State, Is.EqualTo("/s"));
        Assert.That(settings.Exported.Stores, Is.EqualTo(new[] { new StoreSettings("default", "file:///d") }));
        Assert.That(settings.Listen.ToString(), Is.EqualTo("127.0.0.1:2049"));
        Assert.That(
            settings.Exported.Exports,
            Is.EqualTo(new[] { new ExportSettings(new Export(), "default", "", false, ExportIds.Whole) }));
        Assert.That(settings.CacheBytesMax, Is.EqualTo(10UL << 30));
        Assert.That(settings.FlushDebounce, Is.EqualTo(TimeSpan.FromSeconds(2)));
        Assert.That(settings.FlushMaxAge, Is.EqualTo(TimeSpan.FromSeconds(30)));
        Assert.That(settings.IsFormInsensitive, Is.False);
        Assert.That(settings.LocalNames, Is.SameAs(LocalNames.None));
        Assert.That(settings.Wait, Is.EqualTo(TimeSpan.FromSeconds(8)));
        Assert.That(settings.GiveUp, Is.EqualTo(TimeSpan.FromMinutes(10)));
        Assert.That(settings.Drain, Is.EqualTo(TimeSpan.Zero));
        Assert.That(settings.Admin!.ToString(), Is.EqualTo("127.0.0.1:2050"));
        Assert.That(settings.LogLevel, Is.EqualTo(LogLevel.Information));
        Assert.That(settings.LogFormat, Is.EqualTo(LogFormat.Text));
    }

    [Test]
    public void EveryFlag_IsTaken()
    {
        var settings = From(
            "--state", "/s", "--store", "file:///d", "--listen", "[::1]:1", "--export", "/x", "--read-only",
            "--networks", "10.0.0.0/8,fd00::1",
            "--squash", "all", "--anon-uid", "7", "--anon-gid", "8", "--cache-size", "64MiB", "--flush-debounce", "0s",
            "--flush-max-age", "1m", "--wait", "20s", "--give-up", "15s", "--drain", "45s", "--admin", "off",
            "--log-level", "debug", "--log-format", "json", "--unicode", "insensitive");

        Assert.That(settings.Listen.ToString(), Is.EqualTo("[::1]:1"));
        var rules = settings.Exported.Exports.Single().Rules;
        Assert.That(
            rules.Networks, Is.EqualTo(new[] { IPNetwork.Parse("10.0.0.0/8"), IPNetwork.Parse("fd00::1/128") }));
        Assert.That(rules, Is.EqualTo(new Export
        {
            Path = "/x",
            Networks = rules.Networks,
            IsReadOnly = true,
            Squash = Squash.All,
            AnonymousUid = 7,
            AnonymousGid = 8,
        }));
        Assert.That(settings.CacheBytesMax, Is.EqualTo(64UL << 20));
        Assert.That(settings.IsFormInsensitive, Is.True);
        Assert.That(settings.FlushDebounce, Is.EqualTo(TimeSpan.Zero));
        Assert.That(settings.FlushMaxAge, Is.EqualTo(TimeSpan.FromMinutes(1)));
        Assert.That(settings.Wait, Is.EqualTo(TimeSpan.FromSeconds(20)));
        Assert.That(settings.GiveUp, Is.EqualTo(TimeSpan.FromSeconds(15)));
        Assert.That(settings.Drain, Is.EqualTo(TimeSpan.FromSeconds(45)));
        Assert.That(settings.Admin, Is.Null);
        Assert.That(settings.LogLevel, Is.EqualTo(LogLevel.Debug));
        Assert.That(settings.LogFormat, Is.EqualTo(LogFormat.Json));
    }

    [Test]
    public void Environment_IsTaken_AndFlagsWin()
    {
        _environment["NFSGW_STATE"] = "/from-environment";
        _environment["NFSGW_STORE"] = "file:///from-environment";
        _environment["NFSGW_READ_ONLY"] = "1";
        _environment["NFSGW_CACHE_SIZE"] = "1G";
        _environment["NFSGW_LOG_LEVEL"] = "";

        var settings = From("--state", "/s", "--read-only=false");

        Assert.That(settings.State, Is.EqualTo("/s"));
        Assert.That(settings.Exported.Stores.Single().Url, Is.EqualTo("file:///from-environment"));
        Assert.That(settings.Exported.Exports.Single().Rules.IsReadOnly, Is.False);
        Assert.That(settings.CacheBytesMax, Is.EqualTo(1UL << 30));
        Assert.That(settings.LogLevel, Is.EqualTo(LogLevel.Information));
    }

    [Test]
    public void Environment_Refused_IsNamed()
    {
        _environment["NFSGW_CACHE_SIZE"] = "lots";

        Assert.That(() => From(s_needed), Throws.TypeOf<UsageException>().With.Message.StartsWith("NFSGW_CACHE_SIZE "));
    }

    [TestCase("--listen", "0.0.0.0:2049")]
    [TestCase("--listen", "[::]:2049")]
    [TestCase("--networks", "10.0.0.0/8 fd00::/8")]
    [TestCase("--networks", "10.0.0.1/8")]
    [TestCase("--networks", "")]
    [TestCase("--config", "/nowhere/nfsgw.json")]
    [TestCase("--unicode", "nfc")]
    [TestCase("--local-names", ".DS_Store,*")]
    [TestCase("--local-names", "a/b")]
    [TestCase("--local-names", "")]
    [TestCase("--overlay", "maybe")]
    [TestCase("--squash", "none,root")]
    [TestCase("--squash", "ROOT")]
    [TestCase("--anon-uid", "0")]
    [TestCase("--anon-uid", "nobody")]
    [TestCase("--anon-gid", "4294967295")]
    [TestCase("--cache-size", "63MiB")]
    [TestCase("--cache-size", "2097152T")]
    [TestCase("--flush-debounce", "31s")]
    [TestCase("--flush-max-age", "forever")]
    [TestCase("--wait", "soon")]
    [TestCase("--give-up", "never")]
    [TestCase("--drain", "45")]
    [TestCase("--admin", "0.0.0.0:2050")]
    [TestCase("--admin", "127.0.0.1:2049")]
    [TestCase("--log-level", "loud")]
    [TestCase("--log-format", "xml")]
    [TestCase("--read-only", "maybe")]
    [TestCase("--store", "/srv/store")]
    [TestCase("--state", "")]
    public void Refused_InOneSentenceThatNamesTheFlag(string flag, string value)
    {
        var arguments = s_needed.Where((_, i) => s_needed[i / 2 * 2] != flag).Concat([flag, value]).ToArray();

        Assert.That(
            () => From(arguments),
            Throws.TypeOf<UsageException>().With.Message.Contains(flag).And.Message.EndsWith(".")
                .And.Message.Not.Contains("\n"));
    }

    [TestCase("0.0.0.0:2049")]
    [TestCase("[::]:2049")]
    [TestCase("192.168.1.7:2049")]
    [Covers("N-209")]
    public void BeyondLoopback_TheNetworksHaveToBeNamed(string endPoint)
    {
        Assert.That(
            () => From([.. s_needed, "--listen", endPoint]),
            Throws.TypeOf<UsageException>().With.Message.Contains("--networks"));

        var settings = From([.. s_needed, "--listen", endPoint, "--networks", "192.168.1.0/24"]);
        Assert.That(settings.Listen.ToString(), Is.EqualTo(endPoint));
    }

    [Test]
    [Covers("N-209")]
    public void BeyondLoopback_EveryExportOfAFileHasToNameThem()
    {
        using var temp = new TemporaryDirectory();
        const string one = "{\"path\": \"/a\", \"networks\": [\"10.0.0.0/8\"]}";
        const string two = one + ", {\"path\": \"/b\"}";
        File.WriteAllText(temp["one"], $"{{\"stores\": {{\"main\": \"file:///d\"}}, \"exports\": [{one}]}}");
        File.WriteAllText(temp["two"], $"{{\"stores\": {{\"main\": \"file:///d\"}}, \"exports\": [{two}]}}");
        string[] arguments = ["--state", "/s", "--listen", "0.0.0.0:2049", "--config"];

        Assert.That(From([.. arguments, temp["one"]]).Exported.Exports, Has.Count.EqualTo(1));
        Assert.That(
            () => From([.. arguments, temp["two"]]),
            Throws.TypeOf<UsageException>().With.Message.Contains("/b").And.Message.Contains("networks"));
    }

    [Test]
    public void AFileAndTheFlagsThatItReplaces_AreNotMixed()
    {
        _environment["NFSGW_CONFIG"] = "/etc/nfsgw.json";

        Assert.That(
            () => From(s_needed),
            Throws.TypeOf<UsageException>().With.Message.Contains("--store and --config cannot be given together"));
    }

    private ServeSettings From(params string[] arguments)
    {
        var commands = new CommandLine(
            _ => null, TextWriter.Null, TextWriter.Null, () => Stream.Null, TimeProvider.System);
        var result = commands.BuildRoot().Parse(["serve", .. arguments]);
        Assert.That(result.Errors, Is.Empty);
        return ServeSettings.From(result, name => _environment.GetValueOrDefault(name));
    }
}
