using System.Globalization;
using Nfs.Server.Admin;
using Nfs.Server.Units;

namespace Nfs.Server.Cli;

/// <summary>The commands that ask a running gateway. Each returns the exit code.</summary>
internal static class OperatorCommands
{
    public static async Task<int> StatusAsync(
        string state, bool isJson, TextWriter output, CancellationToken cancellationToken)
    {
        using var client = new ControlClient(state);
        var (status, text) = await client.GetStatusAsync(cancellationToken).ConfigureAwait(false);
        if (isJson)
        {
            output.WriteLine(text);
            return ExitCode.Ok;
        }

        foreach (var (label, value) in StatusRows.Of(status))
        {
            output.WriteLine($"{label,-15} {value}");
        }

        return ExitCode.Ok;
    }

    public static async Task<int> SyncAsync(
        string state, byte[] path, TextWriter output, TextWriter error, CancellationToken cancellationToken)
    {
        using var client = new ControlClient(state);
        var failed = 0;
        await foreach (var line in client.SyncAsync(path, cancellationToken).ConfigureAwait(false))
        {
            if (line.File is { Failure: null } file)
            {
                output.WriteLine(string.Create(
                    CultureInfo.InvariantCulture, $"{PlainText.Escape(file.Path)}\t{file.Size}\t{file.Hash}"));
            }
            else if (line.File is { } failure)
            {
                failed++;
                error.WriteLine(
                    $"{PlainText.Escape(failure.Path)} is not in the store: {PlainText.Escape(failure.Failure!)}");
            }
        }

        return failed == 0 ? ExitCode.Ok : ExitCode.Usage;
    }

    public static async Task<int> EvictAsync(
        string state, byte[] path, TextWriter output, CancellationToken cancellationToken)
    {
        using var client = new ControlClient(state);
        var bytes = await client.EvictAsync(path, cancellationToken).ConfigureAwait(false);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{bytes} bytes dropped from the cache ({ByteSize.Format(bytes)})"));
        return ExitCode.Ok;
    }
}
