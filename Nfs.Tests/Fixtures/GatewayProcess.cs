using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using NUnit.Framework;

namespace Nfs.Tests.Fixtures;

/// <summary>
/// The real program in a process of its own, for what only a process shows: signals, exit codes, crashes.
/// </summary>
internal sealed partial class GatewayProcess : IDisposable
{
    // Far longer than anything takes; a test that meets it has failed.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly BlockingCollection<string> _output = [];
    private readonly ConcurrentQueue<string> _error = [];

    private GatewayProcess(Process process) => _process = process;

    public int Id => _process.Id;

    /// <summary>What came on stderr so far.</summary>
    public string Error => string.Join('\n', _error);

    /// <summary>What came on stdout so far, without what was waited for.</summary>
    public string Output => string.Join('\n', _output);

    /// <summary>Starts <c>nfsgw</c> with these arguments and no NFSGW variables.</summary>
    public static GatewayProcess Start(params string[] arguments)
    {
        // A test run in the background ignores some signals, and hands that down.
        var start = new ProcessStartInfo("env")
        {
            ArgumentList =
            {
                "--default-signal=INT,HUP", "dotnet",
                Path.Combine(TestContext.CurrentContext.TestDirectory, "nfsgw.dll"),
            },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        var settings = start.Environment.Keys.Where(name => name.StartsWith("NFSGW_", StringComparison.Ordinal));
        foreach (var name in settings.ToArray())
        {
            start.Environment.Remove(name);
        }

        var gateway = new GatewayProcess(Process.Start(start)!);
        gateway.Read();
        return gateway;
    }

    /// <summary>Runs a command to its end.</summary>
    public static (int ExitCode, string Output, string Error) Run(params string[] arguments)
    {
        using var command = Start(arguments);
        var code = command.WaitForExit();
        return (code, command.Output, command.Error);
    }

    /// <summary>Waits for the line that says that clients can mount; gives the NFS port.</summary>
    public int WaitUntilReady()
    {
        using var limit = new CancellationTokenSource(s_patience);
        try
        {
            foreach (var line in _output.GetConsumingEnumerable(limit.Token))
            {
                if (Ready().Match(line) is { Success: true } match)
                {
                    return int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture);
                }
            }
        }
        catch (OperationCanceledException)
        {
        }

        throw new AssertionException("the gateway did not get ready: " + Error);
    }

    /// <summary>Sends a signal by its name, such as TERM.</summary>
    public void Signal(string name)
    {
        using var kill = Process.Start("kill", ["-" + name, _process.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    /// <summary>Waits for the end, all output included; gives the exit code.</summary>
    public int WaitForExit()
    {
        if (!_process.WaitForExit(s_patience))
        {
            throw new AssertionException("the gateway did not end: " + Error);
        }

        _process.WaitForExit();
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        // Until all output is read: a line that came later would meet a disposed collection.
        _process.WaitForExit();
        _process.Dispose();
        _output.Dispose();
    }

    private void Read()
    {
        _process.OutputDataReceived += (_, line) =>
        {
            if (line.Data is null)
            {
                _output.CompleteAdding();
            }
            else
            {
                _output.Add(line.Data);
            }
        };
        _process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is not null)
            {
                _error.Enqueue(line.Data);
            }
        };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    [GeneratedRegex("ready on .*:([0-9]+);")]
    private static partial Regex Ready();
}
