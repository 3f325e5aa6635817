using System.Collections.Concurrent;
using Vfs.Core.Content.Mapping;

namespace Vfs.Core.Content;

/// <summary>
/// Threads that read what is not in memory, so that no thread that serves connections waits for the disk. What waits
/// for them is bounded by the calls that connections may have in flight.
/// </summary>
internal sealed class DiskReaders : IDisposable
{
    /// <summary>Reads that the disk has at a time: enough for it to order them, and few beside the thread pool.</summary>
    private const int ThreadsMax = 16;

    private readonly BlockingCollection<Request> _requests = [];
    private readonly Lazy<Thread[]> _threads;

    public DiskReaders() => _threads = new Lazy<Thread[]>(Start);

    /// <summary>Completes when the bytes are copied, or cannot be.</summary>
    public Task LoadAsync(StagedBytes bytes)
    {
        _ = _threads.Value;
        var request = new Request(bytes, new(TaskCreationOptions.RunContinuationsAsynchronously));
        _requests.Add(request);
        return request.Done.Task;
    }

    /// <summary>Ends the threads after what they were given. No read may begin any more.</summary>
    public void Dispose()
    {
        _requests.CompleteAdding();
        if (_threads.IsValueCreated)
        {
            Array.ForEach(_threads.Value, thread => thread.Join());
        }

        _requests.Dispose();
    }

    private Thread[] Start()
    {
        var threads = new Thread[ThreadsMax];
        for (var i = 0; i < threads.Length; i++)
        {
            threads[i] = new Thread(Run) { IsBackground = true, Name = "disk reader" };
            threads[i].Start();
        }

        return threads;
    }

    private void Run()
    {
        foreach (var request in _requests.GetConsumingEnumerable())
        {
            request.Bytes.Load();
            request.Done.SetResult();
        }
    }

    private readonly record struct Request(StagedBytes Bytes, TaskCompletionSource Done);
}
