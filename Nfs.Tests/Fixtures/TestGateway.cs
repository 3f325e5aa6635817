using Cas.Client;
using Cas.Client.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;
using Vfs.Core;

namespace Nfs.Tests.Fixtures;

/// <summary>
/// A gateway's file system on a real disk over a store in memory with fault switches, and the calls that tests make
/// again and again. Nothing is sent to the store unless a test asks: the debounce is an hour.
/// </summary>
internal sealed class TestGateway : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory;
    private StateDirectory _state;
    private bool _isOpen;
    private bool _isDisposed;

    private TestGateway(TemporaryDirectory directory, StateDirectory state)
    {
        _directory = directory;
        _state = state;
    }

    /// <summary>What a test runs with unless it says otherwise.</summary>
    public static GatewayOptions Quiet { get; } = new()
    {
        FlushDebounce = TimeSpan.FromHours(1),
        FlushMaxAge = TimeSpan.FromHours(2),
    };

    public GatewayFileSystem Files { get; private set; } = null!;

    public required InMemoryStore Memory { get; init; }

    public required FaultyStore Store { get; init; }

    public required TimeProvider Clock { get; init; }

    public required GatewayOptions Options { get; set; }

    public StoreFaults Faults => Store.Faults;

    public string StatePath => _directory["state"];

    public static Task<TestGateway> StartAsync(GatewayOptions? options = null, TimeProvider? clock = null) =>
        StartAsync(new InMemoryStore(), options, clock);

    /// <summary>A gateway with an empty state over a store that may have been used before.</summary>
    public static Task<TestGateway> StartAsync(
        InMemoryStore store, GatewayOptions? options, TimeProvider? clock = null, TemporaryDirectory? directory = null) =>
        StartInAsync(directory ?? new TemporaryDirectory(), store, options ?? Quiet, clock ?? TimeProvider.System);

    /// <summary>Ends the gateway in an orderly way and starts it again.</summary>
    public async Task ReopenAsync(GatewayOptions? options = null)
    {
        await CloseAsync();
        await StartAgainAsync(options);
    }

    /// <summary>Starts the gateway after <see cref="CloseAsync"/>.</summary>
    public async Task StartAgainAsync(GatewayOptions? options = null)
    {
        Options = options ?? Options;
        _state = StateDirectory.Open(StatePath);
        try
        {
            await OpenAsync();
        }
        catch
        {
            // What was refused may be tried again in another way.
            _state.Dispose();
            throw;
        }
    }

    /// <summary>Ends the gateway in an orderly way.</summary>
    public async Task CloseAsync()
    {
        _isOpen = false;
        await Files.DisposeAsync();
        _state.Dispose();
    }

    /// <summary>A gateway on what a kill at this moment would have left.</summary>
    public Task<TestGateway> CrashAsync() => GoOnInAsync(CopyState());

    /// <summary>Ends this gateway and starts one on a copy of its state that was made before.</summary>
    public async Task<TestGateway> GoOnInAsync(TemporaryDirectory copy)
    {
        await DisposeAsync();
        return await StartInAsync(copy, Memory, Options, Clock);
    }

    /// <summary>
    /// The files of the state as they are now, in a directory of their own. The database is held still meanwhile; what
    /// staging files may become while nothing new is durable is also what a kill may leave.
    /// </summary>
    public TemporaryDirectory CopyState()
    {
        using var holder = SystemSqlite.Open(Path.Combine(StatePath, "state.db"));
        using var command = holder.CreateCommand();
        command.CommandText = "BEGIN IMMEDIATE";
        command.ExecuteNonQuery();
        return CopyFiles();
    }

    /// <summary><see cref="CopyState"/> for a test that holds the database itself.</summary>
    public TemporaryDirectory CopyFiles()
    {
        var copy = new TemporaryDirectory();
        var target = copy["state"];
        Directory.CreateDirectory(target, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        foreach (var name in new[] { "handle.key", "state.db", "state.db-wal" })
        {
            if (File.Exists(Path.Combine(StatePath, name)))
            {
                CopyFile(Path.Combine(StatePath, name), Path.Combine(target, name));
            }
        }

        var staging = Path.Combine(StatePath, "staging");
        Directory.CreateDirectory(
            Path.Combine(target, "staging"),
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        foreach (var path in Directory.EnumerateFiles(staging, "*", SearchOption.AllDirectories))
        {
            var to = Path.Combine(target, Path.GetRelativePath(StatePath, path));
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            CopyFile(path, to);
        }

        return copy;
    }

    public async Task<InodeId> MakeFileAsync(string name, byte[]? bytes = null, InodeId? directory = null)
    {
        var made = await Files.CreateAsync(
            Caller.Root, directory ?? InodeId.Root, FileName.From(name), CreateMode.Guarded, default, 0, default);
        Assert.That(made.Error, Is.EqualTo(VfsError.None), name);
        if (bytes is { Length: > 0 })
        {
            await WriteAsync(made.Object!.Value.Id, 0, bytes);
        }

        return made.Object!.Value.Id;
    }

    /// <summary>A file whose bytes are in the store and nowhere else.</summary>
    public async Task<InodeId> MakeStoredFileAsync(string name, byte[] bytes, InodeId? directory = null)
    {
        var id = await MakeFileAsync(name, bytes, directory);
        await SyncAsync();
        await EvictAsync();
        return id;
    }

    public async Task<InodeId> MakeDirectoryAsync(string name, InodeId? parent = null)
    {
        var made = await Files.MakeDirectoryAsync(
            Caller.Root, parent ?? InodeId.Root, FileName.From(name), default, default);
        Assert.That(made.Error, Is.EqualTo(VfsError.None), name);
        return made.Object!.Value.Id;
    }

    public async Task<WriteResult> WriteAsync(
        InodeId id, ulong offset, byte[] bytes, Stability stability = Stability.Unstable)
    {
        var written = await Files.WriteAsync(Caller.Root, id, offset, bytes, stability, default);
        Assert.That(written.Error, Is.EqualTo(VfsError.None));
        Assert.That(written.Count, Is.EqualTo(bytes.Length));
        return written;
    }

    public async Task ResizeAsync(InodeId id, ulong size)
    {
        var done = await Files.SetAttributesAsync(
            Caller.Root, id, new AttributeChanges { Size = size }, null, default);
        Assert.That(done.Error, Is.EqualTo(VfsError.None));
    }

    public async Task CommitAsync(InodeId id)
    {
        var done = await Files.CommitAsync(id, 0, 0, default);
        Assert.That(done.Error, Is.EqualTo(VfsError.None));
    }

    public async Task<byte[]> ReadAsync(InodeId id, ulong offset, int count)
    {
        var read = await Files.ReadAsync(Caller.Root, id, offset, count, default);
        Assert.That(read.Error, Is.EqualTo(VfsError.None));
        using (read.Data)
        {
            return read.Data is null ? [] : read.Data.Memory[..read.Count].ToArray();
        }
    }

    /// <summary>All bytes as the size says.</summary>
    public async Task<byte[]> ReadAllAsync(InodeId id)
    {
        var size = Attributes(id).Size;
        var bytes = await ReadAsync(id, 0, (int)size + 1);
        Assert.That(bytes, Has.Length.EqualTo((int)size), "the size");
        return bytes;
    }

    public Attributes Attributes(InodeId id)
    {
        var found = Files.GetAttributes(id);
        Assert.That(found.Error, Is.EqualTo(VfsError.None));
        return found.Value;
    }

    /// <summary>The inode at a path of names joined by '/'; fails if there is none.</summary>
    public InodeId Find(string path)
    {
        var id = InodeId.Root;
        foreach (var name in path.Split('/'))
        {
            var found = Files.Lookup(Caller.Root, id, FileName.From(name));
            Assert.That(found.Error, Is.EqualTo(VfsError.None), path);
            id = found.Object!.Value.Id;
        }

        return id;
    }

    public async Task RemoveAsync(string name, InodeId? directory = null)
    {
        var done = await Files.RemoveAsync(Caller.Root, directory ?? InodeId.Root, FileName.From(name), default);
        Assert.That(done.Error, Is.EqualTo(VfsError.None), name);
    }

    public async Task RemoveDirectoryAsync(string name, InodeId? directory = null)
    {
        var done = await Files.RemoveDirectoryAsync(
            Caller.Root, directory ?? InodeId.Root, FileName.From(name), default);
        Assert.That(done.Error, Is.EqualTo(VfsError.None), name);
    }

    public async Task RenameAsync(string from, string to, InodeId? fromDirectory = null, InodeId? toDirectory = null)
    {
        var done = await Files.RenameAsync(
            Caller.Root, fromDirectory ?? InodeId.Root, FileName.From(from), toDirectory ?? InodeId.Root,
            FileName.From(to), default);
        Assert.That(done.Error, Is.EqualTo(VfsError.None), $"{from} to {to}");
    }

    /// <summary>Sends everything; the rows of files that could not be sent.</summary>
    public async Task<List<SyncedFile>> TrySyncAsync()
    {
        var files = Files;
        var rows = await files.SyncAsync(default, default).WaitAsync(TimeSpan.FromSeconds(60));
        Assert.That(rows.Error, Is.EqualTo(VfsError.None));
        return rows.Value.Where(row => row.Failure is not null).ToList();
    }

    /// <summary>Sends everything, and expects nothing to be left.</summary>
    public async Task SyncAsync()
    {
        Assert.That(await TrySyncAsync(), Is.Empty);
        var status = Files.GetStatus();
        Assert.That((status.DirtyBytes, status.QueueLength), Is.EqualTo((0UL, 0)), status.LastFailure);
    }

    public async Task<ulong> EvictAsync()
    {
        var dropped = await Files.EvictAsync(default, default);
        Assert.That(dropped.Error, Is.EqualTo(VfsError.None));
        return dropped.Value;
    }

    /// <summary>What the store's tree has at a path; null if nothing.</summary>
    public async Task<TreeItem?> StoredAsync(string path) =>
        (await Memory.Tree.LookupAsync(System.Text.Encoding.UTF8.GetBytes(path), default)).Value;

    /// <summary>The bytes that the store's tree has at a path; null if nothing.</summary>
    public async Task<byte[]?> StoredBytesAsync(string path) =>
        await StoredAsync(path) is { } item ? Memory.Find(item.Entry.Content) : null;

    /// <summary>All paths of the store's tree.</summary>
    public async Task<List<string>> StoredPathsAsync()
    {
        var all = await Memory.Tree.ListAsync(default, true, default, int.MaxValue, default);
        return all.Value.Select(x => System.Text.Encoding.UTF8.GetString(x.Path.Span)).ToList();
    }

    public async ValueTask DisposeAsync()
    {
        if (_isOpen)
        {
            await CloseAsync();
        }

        if (!_isDisposed)
        {
            _isDisposed = true;
            _state.Dispose();
            _directory.Dispose();
        }
    }

    private static async Task<TestGateway> StartInAsync(
        TemporaryDirectory directory, InMemoryStore store, GatewayOptions options, TimeProvider clock)
    {
        var gateway = new TestGateway(directory, StateDirectory.Open(directory["state"]))
        {
            Memory = store,
            Store = new FaultyStore(store),
            Clock = clock,
            Options = options,
        };
        await gateway.OpenAsync();
        return gateway;
    }

    private async Task OpenAsync()
    {
        Files = await GatewayFileSystem.OpenAsync(_state, Store, Options, Clock, NullLoggerFactory.Instance, default);
        _isOpen = true;
    }

    private static void CopyFile(string from, string to)
    {
        // Not File.Copy, which asks for a lock that the writer of a database does not give.
        using var source = new FileStream(from, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var target = new FileStream(to, FileMode.CreateNew, FileAccess.Write, FileShare.None);
        source.CopyTo(target);
        File.SetUnixFileMode(to, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }
}
