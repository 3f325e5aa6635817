using NUnit.Framework;

namespace Nfs.Tests.EndToEnd;

/// <summary>What a guest is given beside its mount.</summary>
internal sealed record GuestOptions
{
    /// <summary>A file of this machine, read-only, as /dev/vdb.</summary>
    public string? Disk { get; init; }

    /// <summary>What stands between the guest and the gateway listens here.</summary>
    public int? Port { get; init; }

    /// <summary>Mount options beside the usual ones.</summary>
    public string Options { get; init; } = "";

    /// <summary>The server is away for a while, and the kernel may say so.</summary>
    public bool ServerGoesAway { get; init; }

    /// <summary>What the guest calls itself, to the gateway too.</summary>
    public string Name { get; init; } = "guest";

    public int MemoryMiB { get; init; } = 1024;

    public TimeSpan Deadline { get; init; } = TimeSpan.FromMinutes(6);
}

/// <summary>
/// A virtual machine whose kernel has mounted the gateway at /mnt, where a bash script runs. Any command that fails
/// ends the script and the test.
/// </summary>
internal sealed class Guest : IDisposable
{
    // A failing script names the command. A directory that looks mounted and is not would make every test pass, and so
    // would a plain "! command", which bash does not count as a failure when the command succeeds.
    private const string Prologue =
        """
        set -Eeuo pipefail
        trap 'echo "line $LINENO: $BASH_COMMAND" >&2' ERR
        grep -q '^10.0.2.2:/ /mnt nfs .*vers=3' /proc/mounts || { echo 'no NFS on /mnt' >&2; exit 99; }
        refused() { if "$@"; then echo "not refused: $*"; return 1; fi; }
        cd /mnt

        """;

    private readonly ChildProcess _process;
    private readonly GatewayProcess _gateway;
    private readonly GuestOptions _options;

    private Guest(GatewayProcess gateway, GuestOptions options, ChildProcess process)
    {
        _gateway = gateway;
        _options = options;
        _process = process;
    }

    /// <summary>What the script has printed so far.</summary>
    public string Output => _process.Output;

    public static Guest Start(GatewayProcess gateway, string script, GuestOptions? options = null)
    {
        options ??= new GuestOptions();
        List<string> arguments = [
            "--mount", $"{options.Port ?? gateway.Port}:/", "--timeout", $"{options.Deadline.TotalSeconds:0}",
            "--hostname", options.Name, "--mem", $"{options.MemoryMiB}"];
        if (options.Options.Length > 0)
        {
            arguments.AddRange(["--opts", options.Options]);
        }

        if (options.Disk is { } disk)
        {
            arguments.AddRange(["--disk", disk]);
        }

        arguments.AddRange(["--", "bash", "-c", Prologue + script]);
        return new Guest(gateway, options, ChildProcess.Start(Repository.VmRun, arguments));
    }

    /// <summary>Runs the script to its end and gives what it printed.</summary>
    public static async Task<string> RunAsync(GatewayProcess gateway, string script, GuestOptions? options = null)
    {
        using var guest = Start(gateway, script, options);
        return await guest.FinishAsync().ConfigureAwait(false);
    }

    /// <summary>Returns when the script has printed this line.</summary>
    public Task WaitForLineAsync(string line) => _process.WaitForLineAsync(line, _options.Deadline);

    public async Task<string> FinishAsync()
    {
        var outcome = await _process.WaitForExitAsync(_options.Deadline + TimeSpan.FromMinutes(2))
            .ConfigureAwait(false);
        Assert.That(outcome.ExitCode, Is.Zero, Described);
        Assert.That(Complaints(outcome.Error), Is.Empty, Described);
        Assert.That(await _gateway.UndueErrorsAsync().ConfigureAwait(false), Is.Empty, Described);
        return outcome.Output;
    }

    public void Dispose() => _process.Dispose();

    private string Described() => $"in the guest:\n{_process.Described()}\n\nthe gateway:\n{_gateway.Log}";

    private IEnumerable<string> Complaints(string error) => error.Split('\n').Where(line =>
        line.StartsWith("vm-run: guest kernel:", StringComparison.Ordinal)
        && !(_options.ServerGoesAway && line.Contains("not responding", StringComparison.Ordinal)));
}
