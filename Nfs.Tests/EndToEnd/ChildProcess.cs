using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using NUnit.Framework;

namespace Nfs.Tests.EndToEnd;

/// <summary>What a command left behind.</summary>
internal sealed record Outcome(int ExitCode, string Output, string Error)
{
    public IReadOnlyList<string> Lines => Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}

/// <summary>
/// A running command whose output is kept and can be waited for. The lock guards the text and the waiters; nothing
/// else is taken under it.
/// </summary>
internal sealed partial class ChildProcess : IDisposable
{
    public const int SigTerm = 15;
    public const int SigKill = 9;
    public const int SigCont = 18;
    public const int SigStop = 19;

    private readonly Process _process;
    private readonly Lock _gate = new();
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _error = new();
    private readonly List<(string Line, TaskCompletionSource Seen)> _waiters = [];
    private readonly Task _reading;

    private ChildProcess(Process process)
    {
        _process = process;
        _reading = Task.WhenAll(
            ReadAsync(process.StandardOutput, _output), ReadAsync(process.StandardError, _error));
    }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public string Output => Text(_output);

    public string Error => Text(_error);

    /// <param name="program">A path, or a name on PATH.</param>
    /// <param name="arguments">Passed as they are.</param>
    /// <param name="environment">Set for the command, beside what this process has.</param>
    public static ChildProcess Start(
        string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.Latin1,
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        var process = Process.Start(start)
            ?? throw new InvalidOperationException($"{program} could not be started");
        process.StandardInput.Close();
        return new ChildProcess(process);
    }

    /// <summary>Starts, waits for the end, and gives all the output. File names in it are bytes, one a character.</summary>
    public static async Task<Outcome> RunAsync(
        string program, IEnumerable<string> arguments, TimeSpan deadline,
        IReadOnlyDictionary<string, string>? environment = null)
    {
        using var child = Start(program, arguments, environment);
        return await child.WaitForExitAsync(deadline).ConfigureAwait(false);
    }

    /// <summary>Returns when a line with exactly this text has been printed; throws if the command ends without.</summary>
    public async Task WaitForLineAsync(string line, TimeSpan deadline)
    {
        var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (HasLine(line))
            {
                return;
            }

            _waiters.Add((line, seen));
        }

        var first = await Task.WhenAny(seen.Task, _reading, Task.Delay(deadline)).ConfigureAwait(false);
        if (first != seen.Task && !seen.Task.IsCompleted)
        {
            throw new AssertionException(
                $"""the line "{line}" did not come{(first == _reading ? ": the command ended" : "")}; {Described()}""");
        }
    }

    public async Task<Outcome> WaitForExitAsync(TimeSpan deadline)
    {
        try
        {
            await _process.WaitForExitAsync().WaitAsync(deadline).ConfigureAwait(false);
            await _reading.WaitAsync(deadline).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new AssertionException($"no end within {deadline}; {Described()}");
        }

        return new Outcome(_process.ExitCode, Output, Error);
    }

    public void Signal(int signal) => Assert.That(Kill(_process.Id, signal), Is.Zero, "kill");

    /// <summary>False if the command has ended already.</summary>
    public bool TrySignal(int signal) => !_process.HasExited && Kill(_process.Id, signal) == 0;

    public string Described() => $"stdout:\n{Tail(Output)}\nstderr:\n{Tail(Error)}";

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    private static string Tail(string text) => text.Length <= 8192 ? text : "..." + text[^8192..];

    private bool HasLine(string line) =>
        _output.ToString().Split('\n').SkipLast(1).Contains(line, StringComparer.Ordinal);

    private string Text(StringBuilder from)
    {
        lock (_gate)
        {
            return from.ToString();
        }
    }

    private async Task ReadAsync(StreamReader from, StringBuilder to)
    {
        var buffer = new char[16384];
        while (await from.ReadAsync(buffer).ConfigureAwait(false) is var count and > 0)
        {
            List<TaskCompletionSource> seen;
            lock (_gate)
            {
                to.Append(buffer, 0, count);
                seen = [.. _waiters.Where(w => HasLine(w.Line)).Select(w => w.Seen)];
                _waiters.RemoveAll(w => seen.Contains(w.Seen));
            }

            seen.ForEach(s => s.SetResult());
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
