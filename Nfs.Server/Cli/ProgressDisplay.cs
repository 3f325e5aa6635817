using System.Runtime.InteropServices;
using Spectre.Console;

namespace Nfs.Server.Cli;

/// <summary>
/// Shows on standard error how far a long command is: a bar on a terminal, a plain line now and then elsewhere.
/// </summary>
internal sealed class ProgressDisplay(TextWriter error, TimeProvider clock)
{
    /// <summary>
    /// Runs <paramref name="work"/>, which tells the bytes that it did since it told last; it may do so from several
    /// threads at once.
    /// </summary>
    public Task<T> ShowAsync<T>(string title, ulong bytesTotal, Func<Action<ulong>, Task<T>> work)
    {
        var output = new AnsiConsoleOutput(error);
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = output });
        title = PlainText.Escape(title);
        return output.IsTerminal && console.Profile.Capabilities.Ansi
            ? ShowBarAsync(console, title, bytesTotal, work)
            : work(new ProgressLines(title, bytesTotal, error, clock).Add);
    }

    private static async Task<T> ShowBarAsync<T>(
        IAnsiConsole console, string title, ulong bytesTotal, Func<Action<ulong>, Task<T>> work)
    {
        // The bar hides the cursor; a command that is stopped must not leave it hidden.
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, _ => console.Cursor.Show());
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => console.Cursor.Show());
        return await console.Progress()
            .AutoClear(true)
            .Columns(
                new TaskDescriptionColumn { Alignment = Justify.Left },
                new ProgressBarColumn(),
                new DownloadedColumn(),
                new TransferSpeedColumn(),
                new RemainingTimeColumn())
            .StartAsync(async context =>
            {
                // A share of no bytes at all is not a number.
                var bar = context.AddTask(Markup.Escape(title), maxValue: Math.Max(1, bytesTotal));
                return await work(bytes => bar.Increment(bytes)).ConfigureAwait(false);
            })
            .ConfigureAwait(false);
    }
}
