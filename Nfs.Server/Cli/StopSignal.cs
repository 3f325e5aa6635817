using System.Runtime.InteropServices;

namespace Nfs.Server.Cli;

/// <summary>
/// Turns the first SIGINT, SIGTERM or SIGHUP into a cancelled token. If a stop may take its time, one more hurries it. The
/// next ends the process as usual, for people who do not want to wait; what was acknowledged survives that.
/// </summary>
internal sealed class StopSignal : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _hurry = new();
    private readonly CancellationTokenSource[] _steps;
    private readonly PosixSignalRegistration[] _registrations;
    private int _count;

    public StopSignal(bool canHurry)
    {
        _steps = canHurry ? [_stop, _hurry] : [_stop];
        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal),
            PosixSignalRegistration.Create(PosixSignal.SIGHUP, OnSignal),
        ];
    }

    public CancellationToken Stop => _stop.Token;

    public CancellationToken Hurry => _hurry.Token;

    public void Dispose()
    {
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }

        _stop.Dispose();
        _hurry.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        var step = Interlocked.Increment(ref _count) - 1;
        context.Cancel = step < _steps.Length;
        if (context.Cancel)
        {
            _steps[step].Cancel();
        }
    }
}
