using System.Collections.Concurrent;

namespace Cas.Client;

/// <summary>
/// Threads for work that keeps a processor or the disk busy: on the thread pool, much of it would keep waiting who has only
/// to answer from memory. They start with the first piece of work.
/// </summary>
public sealed class WorkThreads : TaskScheduler, IDisposable
{
    private readonly string _name;
    private readonly int _count;
    private readonly Action _begin;
    private readonly BlockingCollection<Task> _work = [];
    private readonly Lazy<Thread[]> _threads;

    /// <summary>As many threads of a name; each calls <paramref name="begin"/> before its first work.</summary>
    public WorkThreads(string name, int count, Action? begin = null)
    {
        (_name, _count, _begin) = (name, count, begin ?? (() => { }));
        _threads = new Lazy<Thread[]>(Start);
    }

    /// <inheritdoc/>
    public override int MaximumConcurrencyLevel => _count;

    /// <summary>Completes when <paramref name="work"/> has run; what waits for that goes on elsewhere.</summary>
    public Task RunAsync(Action work, CancellationToken cancellationToken) => Task.Factory.StartNew(
        work, cancellationToken,
        TaskCreationOptions.DenyChildAttach | TaskCreationOptions.RunContinuationsAsynchronously, this);

    /// <summary>Ends the threads after what they were given. No work may come any more.</summary>
    public void Dispose()
    {
        _work.CompleteAdding();
        if (_threads.IsValueCreated)
        {
            Array.ForEach(_threads.Value, thread => thread.Join());
        }

        _work.Dispose();
    }

    /// <inheritdoc/>
    protected override void QueueTask(Task task)
    {
        _ = _threads.Value;
        _work.Add(task);
    }

    /// <inheritdoc/>
    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;

    /// <inheritdoc/>
    protected override IEnumerable<Task> GetScheduledTasks() => _work.ToArray();

    private Thread[] Start()
    {
        var threads = new Thread[_count];
        for (var i = 0; i < threads.Length; i++)
        {
            threads[i] = new Thread(Run) { IsBackground = true, Name = _name };
            threads[i].Start();
        }

        return threads;
    }

    private void Run()
    {
        _begin();
        foreach (var task in _work.GetConsumingEnumerable())
        {
            TryExecuteTask(task);
        }
    }
}
