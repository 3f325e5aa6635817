using System.Net;
using System.Text;
using Nfs.Server.Cli;
using Nfs.Server.Cli.Config;
using Nfs.Server.Exports;
using Nfs.Tests.Fixtures;
using NUnit.Framework;

namespace Nfs.Tests.Server.Cli.Config;

// If these fail, a gateway exports something else than its configuration says, or to somebody else.
public sealed class ConfigFileTests
{
    // An export of "/a"; what a test adds to it starts on line 5.
    private const string Start =
        "{\n\"stores\": {\"main\": \"file:///srv/main\"},\n\"exports\": [{\n\"path\": \"/a\",\n";

    private const string OfA = "{\"path\": \"/a\", \"store\": \"a\"}]}";
    private const string End = "\n}]}";
    private const string Good = Start + End;

    private TemporaryDirectory _temp = null!;

    [SetUp]
    public void SetUp() => _temp = new TemporaryDirectory();

    [TearDown]
    public void TearDown() => _temp.Dispose();

    [Test]
    public void EveryKey_IsTaken()
    {
        var config = Read(
            """
            {
              // Two stores.
              "stores": {
                "projects": "file:///srv/projects",
                "default": "file:///srv/old", /* made with --store */
              },
              "exports": [
                {
                  "path": "/projects",
                  "store": "projects",
                  "networks": ["10.0.0.0/8", "fd00::/8", "192.168.1.7", "::ffff:10.1.2.3"]
                },
                {
                  "path": "/films",
                  "store": "default",
                  "subtree": "/media/films/",
                  "networks": ["127.0.0.1"],
                  "read_only": true,
                  "overlay": true,
                  "squash": "all",
                  "anon_uid": 1000,
                  "anon_gid": "1001",
                  "auth_none": true,
                  "reserved_port": true,
                  "secret": "0123456789abcdef",
                },
              ],
            }
            """);

        Assert.That(config.Stores, Is.EqualTo(new[]
        {
            new StoreSettings("projects", "file:///srv/projects"), new StoreSettings("default", "file:///srv/old"),
        }));
        var (projects, films) = (config.Exports[0], config.Exports[1]);
        Assert.That((projects.Store, projects.Subtree, projects.Id), Is.EqualTo(("projects", "", (uint?)null)));
        Assert.That(projects.Rules, Is.EqualTo(new Export { Path = "/projects", Networks = projects.Rules.Networks }));
        Assert.That(projects.Rules.Networks.Select(network => network.ToString()), Is.EqualTo(
            new[] { "10.0.0.0/8", "fd00::/8", "192.168.1.7/32", "10.1.2.3/32" }));
        Assert.That((films.Store, films.Subtree), Is.EqualTo(("default", "media/films")));
        Assert.That((config.IsOverlay("projects"), config.IsOverlay("default")), Is.EqualTo((false, true)));
        Assert.That(films.Rules, Is.EqualTo(new Export
        {
            Path = "/films",
            Networks = films.Rules.Networks,
            IsReadOnly = true,
            Squash = Squash.All,
            AnonymousUid = 1000,
            AnonymousGid = 1001,
            TakesAuthNone = true,
            NeedsReservedPort = true,
            Secret = films.Rules.Secret,
        }));
        Assert.That(films.Rules.Secret!.IsGiven("0123456789abcdef"u8), Is.True);
        Assert.That(films.Rules.Networks.Single(), Is.EqualTo(IPNetwork.Parse("127.0.0.1/32")));
    }

    [Test]
    public void TheOnlyStore_NeedsNotBeNamed() => Assert.That(Read(Good).Exports.Single().Store, Is.EqualTo("main"));

    [TestCase(Start + "\"colour\": \"red\"" + End, 5, "colour", "read_only")]
    [TestCase(Start + "\"read_only\": \"yes\"" + End, 5, "read_only", "true or false")]
    [TestCase(Start + "\"squash\": \"some\"" + End, 5, "squash", "remote-root")]
    [TestCase(Start + "\"anon_uid\": 0" + End, 5, "anon_uid", "1 to 4294967294")]
    [TestCase(Start + "\"anon_uid\": -1" + End, 5, "anon_uid", "1 to 4294967294")]
    [TestCase(Start + "\"networks\": []" + End, 5, "networks", "10.0.0.0/8")]
    [TestCase(Start + "\"networks\": \"10.0.0.0/8\"" + End, 5, "networks", "list")]
    [TestCase(Start + "\"networks\": [\n\"10.0.0.0/8\",\n\"10.0.0.1/8\"]" + End, 7, "networks", "10.0.0.1/32")]
    [TestCase(Start + "\"networks\": [\"10.0/8\"]" + End, 5, "networks", "10.0.0.0/8")]
    [TestCase(Start + "\"networks\": [\"10.0.0.0/33\"]" + End, 5, "networks", "0 to 32")]
    [TestCase(Start + "\"networks\": [\"example.org\"]" + End, 5, "networks", "one address")]
    [TestCase(Start + "\"networks\": [[\"10.0.0.0/8\"]]" + End, 5, "networks", "single value")]
    [TestCase(Start + "\"subtree\": \"../x\"" + End, 5, "subtree", "absolute path")]
    [TestCase(Start + "\"subtree\": \"/a/../x\"" + End, 5, "subtree", "'..'")]
    [TestCase(Start + "\"store\": \"other\"" + End, 5, "store", "main")]
    [TestCase(Start + "\"anon_uid\": 1.5" + End, 5, "fractions", "remove")]
    [TestCase(Start + "\"squash\": null" + End, 5, "null", "remove")]
    [TestCase(Start + "\"path\": \"/b\"" + End, 5, "path", "twice")]
    [TestCase(Start + "}, {\n\"path\": \"/a\"" + End, 5, "/a", "another")]
    [TestCase(Start + "}, {\n\"read_only\": true" + End, 5, "no path", "\"path\": ")]
    [TestCase(Start + "\"overlay\": true}, {\n\"path\": \"/b\"" + End, 5, "/b", "the same overlay")]
    [TestCase(Start + "\"squash\" \"all\"" + End, 5, "JSON", "")]
    [TestCase(
        "{\n\"listen\": 1,\n\"stores\": {\"a\": \"file:///x\"}, \"exports\": [{\"path\": \"/a\"}]}",
        2, "listen", "stores, exports")]
    [TestCase("{\"stores\": {\"a\": \"file:///x\"},\n\"exports\": [{\"path\": \"a\"}]}", 2, "path", "absolute path")]
    [TestCase("{\"stores\": {\"a\": \"file:///x\"}}", 1, "exports", "list")]
    [TestCase("{\"stores\": {\"a\": \"file:///x\"},\n\"exports\": {\"path\": \"/a\"}}", 2, "exports", "list")]
    [TestCase("{\n\"exports\": [{\"path\": \"/a\"}]}", 1, "stores", "file:///srv/projects")]
    [TestCase(
        "{\"stores\": {\n\"a\": \"/srv\"}, \"exports\": [{\"path\": \"/a\"}]}",
        2, "a takes", "file:///srv/store")]
    [TestCase("{\"stores\": {\n\"a/b\": \"file:///x\"}, \"exports\": [{\"path\": \"/a\"}]}", 2, "a/b", "a-z")]
    [TestCase(
        "{\"stores\": {\"a\": \"file:///x\",\n\"b\": \"file:///x\"}, \"exports\": [" + OfA,
        2, "b", "one")]
    [TestCase(
        "{\"stores\": {\"a\": \"file:///x\",\n\"a\": \"file:///y\"}, \"exports\": [" + OfA,
        2, "a", "remove")]
    [TestCase(
        "{\"stores\": {\"a\": \"file:///x\",\n\"b\": \"file:///y\"}, \"exports\": [" + OfA,
        2, "b", "remove")]
    [TestCase(
        "{\"stores\": {\"a\": \"file:///x\", \"b\": \"file:///y\"}, \"exports\": [\n{\"path\": \"/a\"}]}",
        2, "store", "NAME")]
    [TestCase("[]", 1, "object", "braces")]
    [TestCase("", 1, "JSON", "")]
    [TestCase("{\"stores\": {}} {}", 1, "JSON", "")]
    [Covers("N-203")]
    public void Refused_WithTheLineAndWhatToDo(string text, int line, string what, string advice)
    {
        var config = ConfigFile.Read(Write(text), out var errors);

        Assert.That(config, Is.Null);
        Assert.That(
            errors.Select(error => (error.Line, error.Sentence)),
            Has.Some.Matches<(int Line, string Sentence)>(error => error.Line == line
                && error.Sentence.Contains(what, StringComparison.Ordinal)
                && error.Sentence.Contains(advice, StringComparison.Ordinal) && error.Sentence.EndsWith('.')),
            string.Join('\n', errors));
    }

    [Test]
    public void AllErrors_AreShownInTheOrderOfTheirLines()
    {
        var path = Write(Start + "\"squash\": 1,\n\"anon_uid\": 0,\n\"colour\": 1" + End);

        Assert.That(ConfigFile.Read(path, out var errors), Is.Null);

        Assert.That(errors.Select(error => error.Line), Is.EqualTo(new[] { 5, 6, 7 }));
    }

    [Test]
    public void WhatIsNotText_IsRefused()
    {
        File.WriteAllBytes(_temp["binary"], [.. "{\n\"stores\": \""u8, 0xFF, 0xFE, .. "\"}"u8]);

        Assert.That(ConfigFile.Read(_temp["binary"], out var errors), Is.Null);
        Assert.That(errors.Single(), Is.EqualTo(new ConfigError(2, "This text is not UTF-8.")));
    }

    [TestCase("short")]
    [TestCase("0123456789abcde")]
    [TestCase("0123456789abcdef/x")]
    [TestCase("0123456789abcdef 0123456789abcdef")]
    [Covers("N-211")]
    public void ABadSecret_IsRefusedAndNotShown(string secret)
    {
        Assert.That(ConfigFile.Read(Write($"{Start}\"secret\": \"{secret}\"{End}"), out var errors), Is.Null);

        Assert.That(errors.Single().Sentence, Does.Contain("16 to 64").And.Not.Contain(secret));
    }

    [Test]
    [Covers("N-211")]
    public void ASecretThatEverybodyCanRead_IsRefused()
    {
        var path = Write(Start + "\"secret\": \"0123456789abcdef\"" + End);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);

        Assert.That(ConfigFile.Read(path, out var errors), Is.Null);
        Assert.That(errors.Single().Sentence, Does.Contain("chmod"));
    }

    [Test]
    public void WhatCannotBeRead_IsOneSentence()
    {
        var huge = _temp["huge"];
        File.WriteAllBytes(huge, new byte[(1 << 20) + 1]);

        foreach (var path in new[] { _temp["missing"], _temp.Path, huge })
        {
            Assert.That(
                () => ConfigFile.Read(path, out _),
                Throws.TypeOf<UsageException>().With.Message.Contains(path).And.Message.Not.Contains("\n"));
        }
    }

    private GatewayConfig Read(string text) =>
        ConfigFile.Read(Write(text), out var errors) ?? throw new AssertionException(string.Join('\n', errors));

    private string Write(string text)
    {
        var path = _temp["nfsgw.json"];
        File.WriteAllBytes(path, Encoding.UTF8.GetBytes(text));
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return path;
    }
}
