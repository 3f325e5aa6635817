using Nfs.Tests.Fixtures;
using NUnit.Framework;

namespace Nfs.Tests.EndToEnd;

// If these fail, people who look into a store at the terminal get other bytes or names than the gateway stores.
[TestFixture]
internal sealed class CasCommandTests
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(60);

    [Test]
    public async Task Cas_PutHashGetShow_AgreeWithEachOther()
    {
        using var directory = new TemporaryDirectory();
        Directory.CreateDirectory(directory["store"]);
        var url = "file://" + directory["store"];
        var text = string.Concat(Enumerable.Range(0, 60_000).Select(i => $"line {i}\n"));
        await File.WriteAllTextAsync(directory["file"], text);

        var hashed = await RunAsync("cas", "hash", directory["file"]);
        var put = await RunAsync("cas", "put", "--store", url, directory["file"]);
        var hash = put.Lines[0].Split('\t')[0];
        var got = await RunAsync("cas", "get", "--store", url, hash);
        var range = await RunAsync("cas", "get", "--store", url, hash, "--range", "0-14");
        var shown = await RunAsync("cas", "show", "--store", url, hash);

        Assert.That(put.Lines[0], Is.EqualTo($"{hash}\t{text.Length}"));
        Assert.That(hashed.Lines[0], Is.EqualTo(put.Lines[0]));
        Assert.That(hashed.Lines, Has.Count.GreaterThan(5));
        Assert.That(got.Lines, Is.EqualTo(text.Split('\n', StringSplitOptions.RemoveEmptyEntries)));
        Assert.That(range.Lines, Is.EqualTo(new[] { "line 0", "line 1" }));
        Assert.That(shown.Lines[0], Does.StartWith(hash).And.Contain($"chunks {hashed.Lines.Count - 1}"));
        Assert.That(shown.Lines[0], Does.EndWith($"none 0 lz4 {hashed.Lines.Count - 1} bg4-lz4 0"));
        Assert.That(hashed.Error + put.Error + got.Error, Is.Empty, "no terminal, no bar");
    }

    [TestCase("hash FILE", "hashing file")]
    [TestCase("put --store URL FILE", "storing file")]
    [TestCase("get --store URL HASH", "reading ")]
    public async Task Cas_OnTerminal_ShowsBarThereAndTheSameOnOutput(string command, string title)
    {
        using var directory = new TemporaryDirectory();
        Directory.CreateDirectory(directory["store"]);
        var url = "file://" + directory["store"];
        await File.WriteAllTextAsync(directory["file"], "some bytes\n");
        var put = await RunAsync("cas", "put", "--store", url, directory["file"]);
        var arguments = "cas " + command
            .Replace("FILE", directory["file"]).Replace("URL", url).Replace("HASH", put.Lines[0].Split('\t')[0]);

        var plain = await RunAsync(arguments.Split(' '));
        var onTerminal = await ChildProcess.RunAsync(
            "script",
            ["-qec", $"{Repository.Gateway} {arguments} > {directory["output"]}", "/dev/null"],
            s_deadline,
            new Dictionary<string, string> { ["TERM"] = "xterm" });

        Assert.That(onTerminal.Output, Does.Contain(title).And.Contain("\e[?25h"), "a bar, and the cursor is back");
        Assert.That(await File.ReadAllTextAsync(directory["output"]), Is.EqualTo(plain.Output));
    }

    [Test]
    public async Task Cas_UnknownHashOrRange_IsOneSentence()
    {
        using var directory = new TemporaryDirectory();
        Directory.CreateDirectory(directory["store"]);
        var url = "file://" + directory["store"];
        var unknown = new string('1', 64);

        var got = await ChildProcess.RunAsync(Repository.Gateway, ["cas", "get", "--store", url, unknown], s_deadline);
        var bad = await ChildProcess.RunAsync(Repository.Gateway, ["cas", "show", "--store", url, "x"], s_deadline);

        Assert.That(got.ExitCode, Is.EqualTo(1));
        Assert.That(got.Error, Does.Contain("NotFound"));
        Assert.That(bad.ExitCode, Is.EqualTo(1));
        Assert.That(bad.Error, Does.Contain("64 hex digits"));
    }

    private static async Task<Outcome> RunAsync(params string[] arguments)
    {
        var outcome = await ChildProcess.RunAsync(Repository.Gateway, arguments, s_deadline);
        Assert.That(outcome.ExitCode, Is.Zero, outcome.Error);
        return outcome;
    }
}
