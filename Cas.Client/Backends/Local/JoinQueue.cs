using Microsoft.Extensions.Logging;

namespace Cas.Client.Backends.Local;

/// <summary>
/// Has the terms of edited files joined behind the answers, one file at a time. A failure is logged, and the next edit
/// of the file tries again. The gate guards the queue only.
/// </summary>
internal sealed class JoinQueue(Func<MerkleHash, CancellationToken, Task> join, ILogger logger) : IAsyncDisposable
{
    /// <summary>Files that wait; the oldest is left to its next edit if there are more.</summary>
    private const int FilesMax = 256;

    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();
    private readonly LinkedList<MerkleHash> _waiting = new(); // Guarded by _gate.
    private Task _worker = Task.CompletedTask; // Guarded by _gate.
    private bool _isRunning; // Guarded by _gate.
    private bool _isClosed; // Guarded by _gate.

    /// <summary>Has a file looked at that was made of <paramref name="basis"/>, which is likely not used any more.</summary>
    public void Add(MerkleHash basis, MerkleHash composed)
    {
        lock (_gate)
        {
            if (_isClosed)
            {
                return;
            }

            _waiting.Remove(basis);
            _waiting.Remove(composed);
            _waiting.AddLast(composed);
            if (_waiting.Count > FilesMax)
            {
                _waiting.RemoveFirst();
            }

            if (!_isRunning)
            {
                _isRunning = true;
                _worker = Task.Run(RunAsync);
            }
        }
    }

    /// <summary>Stops what runs; nothing runs any more when this is done.</summary>
    public async ValueTask DisposeAsync()
    {
        Task worker;
        lock (_gate)
        {
            _isClosed = true;
            worker = _worker;
        }

        await _stop.CancelAsync();
        await worker;
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        while (TryTake(out var file))
        {
            try
            {
                await join(file, _stop.Token);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                // The file stays as it is.
            }
#pragma warning disable CA1031 // Nobody waits for it: whatever it is, the file is as readable as before.
            catch (Exception e)
#pragma warning restore CA1031
            {
                logger.JoinFailed(file, e.Message);
            }
        }
    }

    private bool TryTake(out MerkleHash file)
    {
        lock (_gate)
        {
            if (_isClosed || _waiting.First is not { } first)
            {
                _isRunning = false;
                file = default;
                return false;
            }

            _waiting.RemoveFirst();
            file = first.Value;
            return true;
        }
    }
}
