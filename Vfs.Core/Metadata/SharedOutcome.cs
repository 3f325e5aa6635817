namespace Vfs.Core.Metadata;

/// <summary>
/// An outcome that many wait for, given once. Those who wait only to reply go on one after the other, on one thread: what
/// each still does is short, and replies that are ready together leave together. Everybody else goes on by himself.
/// <para>Lock: its own, a leaf; nobody is told anything under it.</para>
/// </summary>
internal sealed class SharedOutcome : IThreadPoolWorkItem
{
    private readonly Lock _gate = new();
    private List<TaskCompletionSource<VfsError>>? _waiting = []; // Guarded by _gate; null once they are told.
    private VfsError _outcome;
    private int _isGiven;

    /// <summary>Whether the outcome is known; those who wait may still have to hear it.</summary>
    public bool IsGiven => Volatile.Read(ref _isGiven) != 0;

    /// <summary>Waits, for a call that has nothing left to do but to reply.</summary>
    public Task<VfsError> ForReply() => Add(TaskCreationOptions.None);

    /// <summary>Waits, for work that goes on afterwards.</summary>
    public Task<VfsError> WaitAsync() => Add(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Tells those who wait, not on this thread. Only the first outcome counts.</summary>
    public void Give(VfsError outcome)
    {
        if (Interlocked.Exchange(ref _isGiven, 1) == 0)
        {
            _outcome = outcome;
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    void IThreadPoolWorkItem.Execute()
    {
        List<TaskCompletionSource<VfsError>> waiting;
        lock (_gate)
        {
            waiting = _waiting!;
            _waiting = null;
        }

        waiting.ForEach(one => one.SetResult(_outcome));
    }

    private Task<VfsError> Add(TaskCreationOptions options)
    {
        lock (_gate)
        {
            if (_waiting is null)
            {
                return Task.FromResult(_outcome);
            }

            var one = new TaskCompletionSource<VfsError>(options);
            _waiting.Add(one);
            return one.Task;
        }
    }
}
