using Cas.Client.Sqlite;
using Microsoft.Data.Sqlite;

namespace Cas.Client.Backends.Local;

/// <summary>
/// The tree in SQLite. Reading has a connection of its own, so that it does not wait for the fsync of a commit. Each
/// connection is used by one thread of the pool at a time; callers' threads never touch the disk.
/// </summary>
internal sealed class LocalTree : IRemoteTree, IAsyncDisposable
{
    // Not disposed: a waiter would never wake up again. Without a wait handle they hold nothing of the system's.
#pragma warning disable CA2213
    private readonly SemaphoreSlim _writing = new(1); // Guards _writer. Outside _reading.
    private readonly SemaphoreSlim _reading = new(1); // Guards _reader.
#pragma warning restore CA2213

    private readonly TreeReader _reader;
    private readonly TreeWriter _writer;
    private bool _isClosed; // Written under both, read under either.

    private LocalTree(TreeReader reader, TreeWriter writer)
    {
        _reader = reader;
        _writer = writer;
    }

    /// <summary>Makes the tables of a new tree.</summary>
    public static void Create(string path)
    {
        using var connection = SystemSqlite.Open(path);

        // Names and owners are nobody else's business; SQLite gives its other files the mode of this one.
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        connection.Execute(TreeSchema.Create);
    }

    /// <summary>Opens a tree that was made before. Throws what <see cref="IoErrorMap"/> covers.</summary>
    public static LocalTree Open(string path)
    {
        var writer = new TreeWriter(SystemSqlite.Open(path, SqliteOpenMode.ReadWrite));
        try
        {
            return new LocalTree(new TreeReader(SystemSqlite.Open(path, SqliteOpenMode.ReadWrite)), writer);
        }
        catch
        {
            writer.Dispose();
            throw;
        }
    }

    public async ValueTask<CasResult<string>> FindRevisionAsync(CancellationToken cancellationToken) =>
        await RunAsync(_reading, () => _reader.Revision(), cancellationToken);

    public async ValueTask<CasResult<IReadOnlyList<TreeItem>>> ListAsync(
        ReadOnlyMemory<byte> directory, bool recursive, ReadOnlyMemory<byte> after, int limit,
        CancellationToken cancellationToken)
    {
        if (limit < 1 || !TreePath.IsValid(directory.Span) || after.Length > TreePath.BytesMax)
        {
            return CasResult.Fail<IReadOnlyList<TreeItem>>(
                CasError.Invalid, $"a listing of {limit} entries, or not a path");
        }

        return await RunAsync<IReadOnlyList<TreeItem>>(
            _reading,
            () => recursive
                ? _reader.Below(directory.Span, after.Span, limit)
                : _reader.Children(directory.Span, after.Span, limit),
            cancellationToken);
    }

    public async ValueTask<CasResult<TreeItem?>> LookupAsync(
        ReadOnlyMemory<byte> path, CancellationToken cancellationToken) =>
        TreePath.IsValid(path.Span)
            ? await RunAsync(_reading, () => _reader.Lookup(path.Span), cancellationToken)
            : CasResult.Fail<TreeItem?>(CasError.Invalid, "not a path");

    public async ValueTask<CasResult<IReadOnlyList<TreeVersion>>> CommitAsync(
        IReadOnlyList<TreeChange> changes, CancellationToken cancellationToken) =>
        TreeBatch.Check(changes) is { } problem
            ? CasResult.Fail<IReadOnlyList<TreeVersion>>(CasError.Invalid, problem)
            : await RunAsync<IReadOnlyList<TreeVersion>>(_writing, () => _writer.Commit(changes), cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _writing.WaitAsync();
        await _reading.WaitAsync();
        if (!_isClosed)
        {
            _isClosed = true;

            // The last connection to close moves the log into the database.
            _reader.Dispose();
            _writer.Dispose();
        }

        _reading.Release();
        _writing.Release();
    }

    /// <summary>Waiting can be cancelled; work that has begun is finished.</summary>
    private async Task<CasResult<T>> RunAsync<T>(
        SemaphoreSlim gate, Func<T> work, CancellationToken cancellationToken)
    {
        await gate.WaitAsync(cancellationToken);
        try
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            return await Task.Run(work, CancellationToken.None);
        }
        catch (Exception e) when (IoErrorMap.Covers(e))
        {
            return IoErrorMap.Fail<T>(e);
        }
        finally
        {
            gate.Release();
        }
    }
}
