namespace Nfs.Tests.EndToEnd.Kills;

/// <summary>
/// What the one who kills a gateway and the workers that use it tell each other. The gate guards the progress that is
/// waited for.
/// </summary>
internal sealed class Incarnations
{
    private readonly Lock _gate = new();
    private TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _left = int.MaxValue;
    private int _epoch;

    /// <summary>Odd while a gateway is being killed; every even number is another gateway.</summary>
    public int Epoch => Volatile.Read(ref _epoch);

    /// <summary>From now on an answer may be of either gateway.</summary>
    public void Ending() => Interlocked.Increment(ref _epoch);

    /// <summary>The old gateway is gone.</summary>
    public void Ended() => Interlocked.Increment(ref _epoch);

    /// <summary>A worker has done one thing.</summary>
    public void Progressed()
    {
        lock (_gate)
        {
            if (--_left == 0)
            {
                _reached.SetResult();
            }
        }
    }

    /// <summary>Ends when workers have done so many things more.</summary>
    public Task ProgressAsync(int count)
    {
        lock (_gate)
        {
            _left = count;
            _reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _reached.Task;
        }
    }
}
