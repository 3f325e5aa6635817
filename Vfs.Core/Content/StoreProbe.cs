using Cas.Client;

namespace Vfs.Core.Content;

/// <summary>
/// Asks a store that was found away for a sign of life, so that status says quickly when it is back. Asks nothing
/// while the store answers.
/// </summary>
internal sealed class StoreProbe(IStore store, StoreHealth health, TimeProvider clock) : IAsyncDisposable
{
    private static readonly TimeSpan s_every = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stop = new();
    private Task _loop = Task.CompletedTask;

    public void Start() => _loop = Task.Run(RunAsync);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        using var timer = new PeriodicTimer(s_every, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                if (!health.State.IsReachable)
                {
                    var answer = await store.ProbeAsync(_stop.Token);
                    health.NoteProbe(answer.Error, answer.Detail);
                }
            }
        }
        catch (OperationCanceledException)
        {
        }
    }
}
