using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Vfs.Core.Namespace;

namespace Vfs.Core.Metadata;

/// <summary>
/// Gathers the changes of many operations into one transaction. Operations change memory and this object's open batch
/// under <see cref="Gate"/>, leave the gate, and wait for the batch; one thread writes closed batches in order, and
/// what arrives meanwhile is the next one. A batch that cannot be written is tried again for ever: memory is ahead of
/// the disk then. Those who wait are not told to ask again, since a removal that is asked for twice finds nothing the
/// second time; after long they are told that it failed.
/// <para>Lock: <see cref="Gate"/> is the namespace gate; nothing is taken under it but the reader's lock.</para>
/// </summary>
internal sealed class GroupCommit : IDisposable
{
    private static readonly TimeSpan s_retryAfter = TimeSpan.FromSeconds(0.5);

    private readonly SqliteConnection _connection;
    private readonly BatchWriter _writer;
    private readonly ILogger _log;
    private readonly TimeProvider _clock;
    private readonly TimeSpan _giveUpAfter;
    private readonly SemaphoreSlim _work = new(0);
    private readonly CancellationTokenSource _stop = new();
    private readonly AutoResetEvent _again = new(false);
    private readonly ITimer _retry;
    private readonly Thread _thread;
    private Batch _open = new(1);        // Guarded by Gate.
    private Batch? _closed;              // Guarded by Gate: the batch being written.
    private bool _isSignalled;           // Guarded by Gate: the writer knows of the open batch.
    private long _durable;               // Written by the writer alone.

    public GroupCommit(
        SqliteConnection connection, long lastRequest, TimeProvider clock, TimeSpan giveUpAfter, ILogger log)
    {
        _connection = connection;
        _writer = new BatchWriter(connection, lastRequest);
        _clock = clock;
        _giveUpAfter = giveUpAfter;
        _log = log;
        _retry = clock.CreateTimer(
            static again => ((AutoResetEvent)again!).Set(), _again, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _thread = new Thread(Run) { IsBackground = true, Name = "metadata writer" };
        _thread.Start();
    }

    /// <summary>Guards the namespace in memory and the open batch. Held for microseconds.</summary>
    public Lock Gate { get; } = new();

    /// <summary>Number of the last batch that is on stable storage.</summary>
    public long DurableNumber => Volatile.Read(ref _durable);

    /// <summary>The open batch, to add changes to; the writer is woken. Under the gate.</summary>
    public Batch OpenLocked()
    {
        if (!_isSignalled)
        {
            _isSignalled = true;
            _work.Release();
        }

        return _open;
    }

    /// <summary>Notes that an object's row changed. Under the gate.</summary>
    public void ChangeLocked(Inode inode)
    {
        OpenLocked().Changed.Add(inode);
        inode.BatchNumber = _open.Number;
    }

    /// <summary>
    /// What a reply waits for so that everything done so far under the gate is durable; null if it is already. Under
    /// the gate; awaited outside.
    /// </summary>
    public Task<VfsError>? PendingLocked() => OutcomeLocked()?.ForReply();

    /// <summary>Waits until everything done before the call is durable.</summary>
    public Task<VfsError> WhenDurableAsync()
    {
        lock (Gate)
        {
            return OutcomeLocked()?.WaitAsync() ?? Task.FromResult(VfsError.None);
        }
    }

    public void Dispose()
    {
        _stop.Cancel();
        _thread.Join();
        _retry.Dispose();
        _again.Dispose();
        _writer.Dispose();
        _connection.Dispose();
        _work.Dispose();
        _stop.Dispose();
    }

    private SharedOutcome? OutcomeLocked() => _isSignalled ? _open.Done : _closed?.Done;

    private void Run()
    {
        while (true)
        {
            try
            {
                _work.Wait(_stop.Token);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            Batch batch;
            lock (Gate)
            {
                batch = _open;
                batch.Close();
                _closed = batch;
                _open = new Batch(batch.Number + 1);
                _isSignalled = false;
            }

            if (!WriteUntilDone(batch))
            {
                return;
            }

            lock (Gate)
            {
                _closed = null;
                _open.Renew();
                Volatile.Write(ref _durable, batch.Number);
            }

            batch.Done.Give(VfsError.None);
        }
    }

    /// <summary>False if the gateway stops before the batch could be written.</summary>
    private bool WriteUntilDone(Batch batch)
    {
        var started = _clock.GetTimestamp();
        while (true)
        {
            try
            {
                _writer.Write(batch);
                return true;
            }
            catch (SqliteException e)
            {
                _log.MetadataWriteFailed(e, e.SqliteErrorCode);
            }

            if (_clock.GetElapsedTime(started) >= _giveUpAfter)
            {
                Answer(batch, VfsError.Io);
            }

            _retry.Change(s_retryAfter, Timeout.InfiniteTimeSpan);
            WaitHandle.WaitAny([_again, _stop.Token.WaitHandle]);
            if (_stop.IsCancellationRequested)
            {
                // None of it is done, and the next start takes the calls anew.
                Answer(batch, VfsError.Again);
                return false;
            }
        }
    }

    private void Answer(Batch batch, VfsError outcome)
    {
        Batch open;
        lock (Gate)
        {
            open = _open;
        }

        batch.Done.Give(outcome);
        open.Done.Give(outcome);
    }
}
