using Cas.Client;
using Microsoft.Extensions.Logging;
using Nfs.Server.Logging;
using Vfs.Core;

namespace Nfs.Server.Cli;

/// <summary>Runs a gateway until a signal.</summary>
internal static class ServeCommand
{
    public static async Task<int> RunAsync(ServeSettings settings, TextWriter output, Stream log, TimeProvider clock)
    {
        PrivateFiles.Require();
        using var signal = new StopSignal(canHurry: settings.Drain > TimeSpan.Zero);
        using var logs = GatewayLogging.Create(log, settings.LogLevel, settings.LogFormat, clock);
        try
        {
            await GatewayHost.RunAsync(settings, output, clock, logs, signal.Stop, signal.Hurry)
                .ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (signal.Stop.IsCancellationRequested)
        {
            // Stopped while it was starting: that is a clean stop too.
        }
        catch (Exception e) when (IsBug(e))
        {
            // The terminal gets one sentence; whoever looks for the cause needs the stack.
            Log.UnexpectedFailure(logs.CreateLogger(typeof(ServeCommand)), e);
            throw;
        }

        return ExitCode.Ok;
    }

    private static bool IsBug(Exception e) =>
        e is not (UsageException or StateUnavailableException or StoreUnavailableException);
}
