namespace Nfs.Server.Cli;

/// <summary>
/// Ends the process well if closing hangs, which only a store that does not answer can bring about: once everything is
/// durable here, there is nothing to wait for. A thread of its own, as all others may be blocked.
/// </summary>
internal sealed class ExitWatchdog : IDisposable
{
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(3);

    private readonly ManualResetEventSlim _closed = new();
    private Thread? _thread;

    /// <summary>Everything is durable; what is left is to close.</summary>
    public void Start()
    {
        _thread = new Thread(Watch) { IsBackground = true, Name = "exit watchdog" };
        _thread.Start();
    }

    public void Dispose()
    {
        _closed.Set();
        _thread?.Join();
        _closed.Dispose();
    }

    private void Watch()
    {
        if (!_closed.Wait(s_grace))
        {
            Environment.Exit(ExitCode.Ok);
        }
    }
}
