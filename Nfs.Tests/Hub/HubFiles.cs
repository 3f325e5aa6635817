using System.Text;
using Cas.Client;
using Microsoft.Extensions.Logging.Abstractions;
using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Vfs.Core;

namespace Nfs.Tests.Hub;

/// <summary>A gateway's file system over a store of its own on a hub, on a new state.</summary>
internal sealed class HubFiles : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory;
    private readonly StateDirectory _state;
    private readonly IStore _store;

    private HubFiles(TemporaryDirectory directory, StateDirectory state, IStore store, GatewayFileSystem files) =>
        (_directory, _state, _store, Files) = (directory, state, store, files);

    public GatewayFileSystem Files { get; }

    /// <summary>
    /// Starts one, that sends nothing by itself unless a debounce is given. Throws what a start throws that does not get
    /// the tree.
    /// </summary>
    public static async Task<HubFiles> StartAsync(TestHub hub, TimeSpan? debounce = null)
    {
        var options = new GatewayOptions
        {
            FlushDebounce = debounce ?? TimeSpan.FromHours(1),
            FlushMaxAge = TimeSpan.FromHours(2),
            ReadWaitMax = TimeSpan.FromSeconds(1),
        };
        var directory = new TemporaryDirectory();
        var store = await hub.OpenStoreAsync();
        var state = StateDirectory.Open(directory["state"]);
        try
        {
            var files = await GatewayFileSystem.OpenAsync(
                state, store, options, TimeProvider.System, NullLoggerFactory.Instance, default);
            return new HubFiles(directory, state, store, files);
        }
        catch
        {
            state.Dispose();
            await store.DisposeAsync();
            directory.Dispose();
            throw;
        }
    }

    public InodeId Find(string name)
    {
        var found = Files.Lookup(Caller.Root, InodeId.Root, FileName.From(name));
        Assert.That(found.Error, Is.EqualTo(VfsError.None), name);
        return found.Object!.Value.Id;
    }

    /// <summary>Reads a file once; what it says, and its bytes if it gave all of them.</summary>
    public async Task<(VfsError Error, byte[] Bytes)> ReadAsync(string name, int length)
    {
        var read = await Files.ReadAsync(Caller.Root, Find(name), 0, length, default);
        using (read.Data)
        {
            return (read.Error, read.Data is null ? [] : read.Data.Memory[..read.Count].ToArray());
        }
    }

    public async Task WriteAsync(string name, ulong offset, byte[] bytes)
    {
        var made = await Files.CreateAsync(
            Caller.Root, InodeId.Root, FileName.From(name), CreateMode.Unchecked, default, 0, default);
        Assert.That(made.Error, Is.EqualTo(VfsError.None), name);
        var written = await Files.WriteAsync(
            Caller.Root, made.Object!.Value.Id, offset, bytes, Stability.FileSync, default);
        Assert.That((written.Error, written.Count), Is.EqualTo((VfsError.None, bytes.Length)), name);
    }

    public async Task RemoveAsync(string name)
    {
        var done = await Files.RemoveAsync(Caller.Root, InodeId.Root, FileName.From(name), default);
        Assert.That(done.Error, Is.EqualTo(VfsError.None), name);
    }

    /// <summary>Sends everything; why something could not be, or null.</summary>
    public async Task<string?> SyncAsync()
    {
        var rows = await Files.SyncAsync(default, default);
        return rows.Error != VfsError.None ? rows.Error.ToString()
            : rows.Value.FirstOrDefault(row => row.Failure is not null)?.Failure;
    }

    /// <summary>The names in the root, in order.</summary>
    public List<string> Names() =>
        [.. TreeText.List(Files, InodeId.Root).Select(x => Encoding.UTF8.GetString(x.Name.Span)).Order(StringComparer.Ordinal)];

    public async ValueTask DisposeAsync()
    {
        await Files.DisposeAsync();
        _state.Dispose();
        await _store.DisposeAsync();
        _directory.Dispose();
    }
}
