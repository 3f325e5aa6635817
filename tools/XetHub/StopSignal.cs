using System.Runtime.InteropServices;

namespace XetHub;

/// <summary>SIGINT and SIGTERM.</summary>
internal static class StopSignal
{
    /// <summary>Returns when the first one comes; the next ends the process as usual.</summary>
    public static async Task WaitAsync()
    {
        var stop = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        void OnSignal(PosixSignalContext context) => context.Cancel = stop.TrySetResult();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
        await stop.Task;
    }
}
