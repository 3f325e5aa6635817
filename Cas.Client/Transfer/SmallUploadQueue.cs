using Cas.Client.Shards;

namespace Cas.Client.Transfer;

/// <summary>
/// Stores small uploads together: those that arrive while the disk syncs share the next xorb, shard and syncs. One
/// that is alone does not wait. The gate guards the queue only.
/// </summary>
internal sealed class SmallUploadQueue(IUploadTarget target, UploadLimits limits)
{
    private readonly Lock _gate = new();
    private readonly Queue<SmallUpload> _waiting = new(); // Guarded by _gate.
    private bool _isRunning; // Guarded by _gate.

    /// <summary>
    /// Stores chunks, and then the file that <paramref name="fileOf"/> makes of their places; it must not block. The
    /// block is hashed, and nobody else's until this is done.
    /// </summary>
    public Task<ShardFile> AddAsync(ChunkBlock block, Func<SessionFile, ShardFile> fileOf)
    {
        var upload = new SmallUpload(block, fileOf);
        bool starts;
        lock (_gate)
        {
            _waiting.Enqueue(upload);
            starts = !_isRunning;
            _isRunning = true;
        }

        if (starts)
        {
            _ = Task.Run(Run);
        }

        return upload.Done.Task;
    }

    private void Run()
    {
        while (true)
        {
            var batch = new List<SmallUpload>();
            lock (_gate)
            {
                while (batch.Count < limits.BatchFilesMax && _waiting.TryDequeue(out var upload))
                {
                    batch.Add(upload);
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

    private void Store(List<SmallUpload> batch)
    {
        try
        {
            using var session = new UploadSession(target, limits);
            batch.ForEach(upload => upload.PlaceIn(session));
            Parallel.ForEach(batch, upload => upload.Pack());
            batch.ForEach(upload => upload.WriteTo(session));
            session.CloseXorb();
            batch.ForEach(upload => upload.MakeFile());
            session.Commit(batch.Select(upload => upload.File).OfType<ShardFile>());
            batch.ForEach(upload => upload.Done.TrySetResult(upload.File!));
        }
#pragma warning disable CA1031 // Whatever it is, it belongs to those who wait for the files.
        catch (Exception e)
#pragma warning restore CA1031
        {
            batch.ForEach(upload => upload.Done.TrySetException(e));
        }
    }

    private sealed class SmallUpload(ChunkBlock block, Func<SessionFile, ShardFile> fileOf)
    {
        private SessionFile? _chunks;
        private BlockRecords? _records;

        public ShardFile? File { get; private set; }

        public TaskCompletionSource<ShardFile> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void PlaceIn(UploadSession session)
        {
            _chunks = session.StartFile();
            _records = session.Place(_chunks, block);
        }

        public void Pack() => _records!.Pack();

        public void WriteTo(UploadSession session) => session.Write(_records!);

        /// <summary>One file that cannot be made does not fail the others.</summary>
        public void MakeFile()
        {
            try
            {
                File = fileOf(_chunks!);
            }
#pragma warning disable CA1031 // Whatever it is, it belongs to who waits for this file.
            catch (Exception e)
#pragma warning restore CA1031
            {
                Done.SetException(e);
            }
        }
    }
}
