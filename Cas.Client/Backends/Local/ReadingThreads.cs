using System.Collections.Concurrent;

namespace Cas.Client.Backends.Local;

/// <summary>
/// Threads that read content. A read keeps a processor or the disk busy for a millisecond: on the thread pool, many of
/// them would keep waiting who has only to answer from memory. For the same reason the processor is theirs when nobody
/// else wants it. The threads start with the first read.
/// </summary>
internal sealed class ReadingThreads : TaskScheduler, IDisposable
{
    // Enough for a disk to order what it is asked; beyond the processors it is no faster from memory.
    private static readonly int s_count = Math.Max(4, Environment.ProcessorCount);

    private readonly BlockingCollection<Task> _reads = [];
    private readonly Lazy<Thread[]> _threads;

    public ReadingThreads() => _threads = new Lazy<Thread[]>(Start);

    public override int MaximumConcurrencyLevel => s_count;

    /// <summary>Completes when <paramref name="read"/> has run.</summary>
    public Task RunAsync(Action read, CancellationToken cancellationToken) =>
        Task.Factory.StartNew(read, cancellationToken, TaskCreationOptions.DenyChildAttach, this);

    /// <summary>Ends the threads after what they were given. No read may begin any more.</summary>
    public void Dispose()
    {
        _reads.CompleteAdding();
        if (_threads.IsValueCreated)
        {
            Array.ForEach(_threads.Value, thread => thread.Join());
        }

        _reads.Dispose();
    }

    protected override void QueueTask(Task task)
    {
        _ = _threads.Value;
        _reads.Add(task);
    }

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;

    protected override IEnumerable<Task> GetScheduledTasks() => _reads.ToArray();

    private Thread[] Start()
    {
        var threads = new Thread[s_count];
        for (var i = 0; i < threads.Length; i++)
        {
            threads[i] = new Thread(Run) { IsBackground = true, Name = "store reader" };
            threads[i].Start();
        }

        return threads;
    }

    private void Run()
    {
        Posix.YieldToOthers();
        foreach (var read in _reads.GetConsumingEnumerable())
        {
            TryExecuteTask(read);
        }
    }
}
