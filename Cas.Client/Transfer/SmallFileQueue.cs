namespace Cas.Client.Transfer;

/// <summary>
/// Stores small files together: those that arrive while the disk syncs share the next xorb, shard and syncs. A file
/// that is alone does not wait. The gate guards the queue only.
/// </summary>
internal sealed class SmallFileQueue(IUploadTarget target, UploadLimits limits)
{
    private readonly Lock _gate = new();
    private readonly Queue<SmallFile> _waiting = new(); // Guarded by _gate.
    private bool _isRunning; // Guarded by _gate.

    /// <summary>Stores a file; it has been chunked, and its block is not touched before this is done.</summary>
    public Task<ContentId> AddAsync(ChunkBlock block)
    {
        var file = new SmallFile(block);
        bool starts;
        lock (_gate)
        {
            _waiting.Enqueue(file);
            starts = !_isRunning;
            _isRunning = true;
        }

        if (starts)
        {
            _ = Task.Run(Run);
        }

        return file.Done.Task;
    }

    private void Run()
    {
        while (true)
        {
            var batch = new List<SmallFile>();
            lock (_gate)
            {
                while (batch.Count < limits.BatchFilesMax && _waiting.TryDequeue(out var file))
                {
                    batch.Add(file);
                }

                if (batch.Count == 0)
                {
                    _isRunning = false;
                    return;
                }
            }

            Store(batch);
        }
    }

    private void Store(List<SmallFile> batch)
    {
        try
        {
            using var session = new UploadSession(target, limits);
            var files = batch.ConvertAll(small => Add(session, small.Block));
            session.Commit();
            for (var i = 0; i < files.Count; i++)
            {
                batch[i].Done.SetResult(files[i].Content);
            }
        }
#pragma warning disable CA1031 // Whatever it is, it belongs to those who wait for the files.
        catch (Exception e)
#pragma warning restore CA1031
        {
            foreach (var file in batch)
            {
                file.Done.TrySetException(e);
            }
        }
    }

    private static SessionFile Add(UploadSession session, ChunkBlock block)
    {
        var file = session.StartFile();
        session.Add(file, block);
        file.End();
        return file;
    }

    private sealed class SmallFile(ChunkBlock block)
    {
        public ChunkBlock Block { get; } = block;

        public TaskCompletionSource<ContentId> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
