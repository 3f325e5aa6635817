using System.Globalization;
using NUnit.Framework;

namespace Nfs.Tests.EndToEnd;

/// <summary>The commands of libnfs-utils, a client in user space, against a gateway.</summary>
internal static class Libnfs
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(3);

    public static Task<Outcome> ListAsync(GatewayProcess gateway, string path) =>
        RunAsync("nfs-ls", UrlOf(gateway, path));

    /// <summary>From or to the gateway: one of the two is a <see cref="Url"/>.</summary>
    public static Task<Outcome> CopyAsync(string from, string to) => RunAsync("nfs-cp", from, to);

    /// <summary>The SHA-256 of a file as it comes over the wire, in lower case.</summary>
    public static async Task<string> Sha256Async(GatewayProcess gateway, string path)
    {
        var outcome = await RunAsync(
            "bash", "-o", "pipefail", "-c", """nfs-cat "$1" | sha256sum""", "sha256", Url(gateway, path))
            .ConfigureAwait(false);
        return outcome.Output.Split(' ')[0];
    }

    /// <summary>
    /// What the commands take for a file. They mount what stands before the last slash, so that a file in the root
    /// of the export needs two of them to be found in "/" and not in "".
    /// </summary>
    public static string Url(GatewayProcess gateway, string path) => UrlOf(gateway, "/" + path);

    /// <summary>The address with exactly this path.</summary>
    public static string UrlOf(GatewayProcess gateway, string path) => string.Create(
        CultureInfo.InvariantCulture, $"nfs://127.0.0.1{path}?nfsport={gateway.Port}&mountport={gateway.Port}");

    private static async Task<Outcome> RunAsync(string program, params string[] arguments)
    {
        var outcome = await ChildProcess.RunAsync(program, arguments, Deadline).ConfigureAwait(false);
        Assert.That(
            outcome.ExitCode, Is.Zero, () => $"{program} {string.Join(' ', arguments)}: {outcome.Error}");
        return outcome;
    }
}
