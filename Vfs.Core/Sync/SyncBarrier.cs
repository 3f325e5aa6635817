namespace Vfs.Core.Sync;

/// <summary>
/// Waits for a set of marks, as they were when it was made. Guarded by the namespace gate but for
/// <see cref="Completion"/>.
/// </summary>
internal sealed class SyncBarrier
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _left = 1;

    /// <summary>Marks that failed, with the reason.</summary>
    public List<(Mark Mark, string Reason)> Failures { get; } = [];

    /// <summary>Completes when all marks have ended one way or the other.</summary>
    public Task Completion => _done.Task;

    /// <summary>One more to wait for.</summary>
    public void Add() => _left++;

    /// <summary>All marks are added.</summary>
    public void Seal() => CountDown();

    /// <summary>A mark was worked on.</summary>
    public void Ended(Mark mark, string? failure)
    {
        if (failure is not null)
        {
            Failures.Add((mark, failure));
        }

        CountDown();
    }

    private void CountDown()
    {
        if (--_left == 0)
        {
            _done.TrySetResult();
        }
    }
}
