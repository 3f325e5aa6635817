using NUnit.Framework;

namespace Nfs.Tests.EndToEnd.Hub;

/// <summary>The npm client of the Hub, unmodified; tools/setup installs it.</summary>
internal static class NpmClient
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(3);

    private static readonly string s_home = FindHome();

    /// <summary>Runs a command of npm-client.cjs, and gives the JSON that it prints.</summary>
    public static async Task<string> RunAsync(string hubUrl, string command, params string[] arguments)
    {
        var script = Path.Combine(Repository.Root, "Nfs.Tests", "EndToEnd", "Hub", "npm-client.cjs");
        var outcome = await ChildProcess.RunAsync("node", [script, s_home, hubUrl, command, .. arguments], s_deadline);
        Assert.That(outcome.ExitCode, Is.Zero, $"{command}: {outcome.Output}{outcome.Error}");
        return outcome.Output;
    }

    /// <summary>Runs the package's own command, hfjs.</summary>
    public static async Task<Outcome> RunCommandAsync(string hubUrl, params string[] arguments) =>
        await ChildProcess.RunAsync(
            "node", [Path.Combine(s_home, "node_modules", "@huggingface", "hub", "dist", "cli.js"), .. arguments],
            s_deadline, new Dictionary<string, string> { ["HF_ENDPOINT"] = hubUrl, ["HF_TOKEN"] = "hf_localtoken" });

    private static string FindHome()
    {
        var cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } given
            ? given
            : Path.Combine(Environment.GetEnvironmentVariable("HOME") ?? "/root", ".cache");
        var home = Path.Combine(cache, "nfsgw-npm");
        return Directory.Exists(Path.Combine(home, "node_modules", "@huggingface", "hub"))
            ? home
            : throw new InvalidOperationException($"{home} holds no @huggingface/hub; run: tools/setup quick");
    }
}
